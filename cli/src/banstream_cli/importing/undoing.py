"""An import taken back, a page of its infractions at a time; doing it again goes on where it stopped."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from banstream_cli.api import Api, path

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


async def undo(
    api: Api, import_id: str, reason: str, found: Undone, advance: Callable[[int], None], *, dry_run: bool
) -> None:
    """All pages; `found` says how far it came. Raises Trouble where the gateway is lost."""
    cursor: str | None = None
    while True:
        body = {"reason": reason, "dry_run": dry_run, **({"cursor": cursor} if cursor else {})}
        answer = await api.post(path("v1", "imports", import_id, "undo"), body)
        for item in answer.content.get("items") or ():
            found.take(item)
        advance(found.outcomes.total())
        cursor = answer.content.get("next")
        if cursor is None:
            return
