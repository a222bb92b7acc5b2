"""An import taken back, a page of its infractions at a time or some of them; doing it again goes on."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from banstream_cli.gateway.api import Api, path
from banstream_cli.gateway.paging import each_page

OUTCOMES = ("undone", "ended", "accepted", "left", "refused")
MOST_KEPT = 1000
NOT_UNDONE = ("left", "refused")


@dataclass(slots=True)
class Undone:
    """What became, or would become, of the infractions of an import; `not_undone` are the first of those."""

    outcomes: Counter[str] = field(default_factory=Counter)
    players: set[str] = field(default_factory=set)
    not_undone: list[dict[str, Any]] = field(default_factory=list)

    def count(self, names: Iterable[str]) -> int:
        """Infractions with one of these outcomes."""
        return sum(self.outcomes[name] for name in names)

    def take(self, item: dict[str, Any]) -> None:
        """What the gateway says of one infraction."""
        told = str(item.get("outcome"))
        outcome = told if told in OUTCOMES else "refused"
        self.outcomes[outcome] += 1
        if outcome == "undone" and (player := item.get("player")):
            self.players.add(f"{player.get('service')}:{player.get('id')}")
        if outcome in NOT_UNDONE and len(self.not_undone) < MOST_KEPT:
            self.not_undone.append(item)


async def undo(api: Api, import_id: str, reason: str, found: Undone, *, dry_run: bool) -> AsyncIterator[int]:
    """All pages, with how many infractions are dealt with after each. Raises Trouble where the gateway is lost."""
    body = {"reason": reason, "dry_run": dry_run}
    async for page in each_page(api, path("v1", "imports", import_id, "undo"), body, {"cursor": "next"}):
        for item in page.content.get("items") or ():
            found.take(item)
        yield found.outcomes.total()


async def undo_only(
    api: Api, import_id: str, infraction_ids: Sequence[str], reason: str, *, dry_run: bool
) -> list[dict[str, Any]]:
    """What becomes of up to 100 infractions of an import; those that are not of it any more are not in the answer."""
    body = {"reason": reason, "only": infraction_ids, "dry_run": dry_run}
    answer = await api.post(path("v1", "imports", import_id, "undo"), body)
    return [*(answer.content.get("items") or ())]
