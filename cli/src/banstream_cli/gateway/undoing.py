"""What somebody did, taken back a page of infractions at a time; doing it again goes on."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from banstream_cli.gateway.api import Answer, Api
from banstream_cli.gateway.paging import each_page

OUTCOMES = ("lifted", "reinstated", "amended", "accepted", "left", "refused", "unchanged")
TAKEN_BACK = ("lifted", "reinstated", "amended")
NOT_TAKEN_BACK = ("refused", "left")
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Doings:
    """Whose doings are taken back, of which time, and why; without `until` of all the time to the first answer.

    Times are as the gateway reads them (RFC 3339).
    """

    by: str
    since: str
    until: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class People:
    """Players (`steam:…`) and addresses by what becomes of them; a name where one is known, else empty.

    `still_restricted` lose something and are restricted by something else.
    """

    free: dict[str, str]
    still_restricted: dict[str, str]
    restricted_again: dict[str, str]


@dataclass(slots=True)
class TakenBack:
    """What became, or would become, of the infractions: of each outcome the first `MOST_KEPT`, but for `unchanged`.

    `undo` is by whom and since when this was done, which takes it back; None where nothing was.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    until: str | None = None
    undo: Mapping[str, Any] | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _lifted: set[str] = field(default_factory=set)
    _also: dict[str, set[str]] = field(default_factory=dict)
    _again: set[str] = field(default_factory=set)
    _amended: set[str] = field(default_factory=set)

    def count(self, names: Iterable[str]) -> int:
        """Infractions with one of these outcomes."""
        return sum(self.outcomes[name] for name in names)

    def take(self, answer: Answer) -> None:
        """A page, as the gateway answers it."""
        page = answer.content
        self.until = page.get("until")
        self.undo = self.undo or _undo_of(answer)
        for item in page.get("items") or ():
            self._take(item)

    def people(self) -> People:
        """Who is free and who is not, once all of this is done."""
        restricted = self._again | self._amended
        held = {who for who, also in self._also.items() if also - self._lifted or who in restricted}
        return People(self._named(self._also.keys() - held), self._named(held - self._again), self._named(self._again))

    def _take(self, item: dict[str, Any]) -> None:
        told = str(item.get("outcome"))
        outcome = told if told in OUTCOMES else "refused"
        self.outcomes[outcome] += 1
        if outcome != "unchanged" and self.outcomes[outcome] <= MOST_KEPT:
            self.items.setdefault(outcome, []).append(item)
        if outcome in TAKEN_BACK:
            self._taken_back(item, outcome)

    def _taken_back(self, item: Mapping[str, Any], outcome: str) -> None:
        """Without punishments it is a warning, which restricts nobody."""
        restricts_now = bool(item.get("punishments"))
        restricts_then = bool((item.get("changes") or {}).get("punishments", restricts_now))
        who = _who(item)
        self._names[who] = str(item.get("player_name") or "") or self._names.get(who, "")
        if outcome == "lifted":
            self._lifted.add(str(item.get("infraction_id")))
            if restricts_now:
                self._also.setdefault(who, set()).update(map(str, item.get("also") or ()))
        elif restricts_then:
            is_new = outcome == "reinstated" or not restricts_now
            (self._again if is_new else self._amended).add(who)

    def _named(self, people: Collection[str]) -> dict[str, str]:
        return {who: name for who, name in self._names.items() if who in people}


async def take_back(api: Api, doings: Doings, found: TakenBack, *, dry_run: bool) -> AsyncIterator[int]:
    """All pages, with how many infractions are dealt with after each. Raises Trouble where the gateway is lost."""
    body = {
        "by": doings.by,
        "since": doings.since,
        "until": doings.until,
        "reason": doings.reason,
        "dry_run": dry_run,
    }
    async for answer in each_page(api, "/v1/undo", body, {"before": "next", "until": "until"}):
        found.take(answer)
        yield found.outcomes.total()


def _undo_of(answer: Answer) -> Mapping[str, Any] | None:
    """What takes back a page, and what was done of it by a try that nobody heard the end of."""
    undo: Mapping[str, Any] | None = answer.content.get("undo")
    did = any(item.get("outcome") in (*TAKEN_BACK, "accepted") for item in answer.content.get("items") or ())
    if not undo or not (did or answer.tried_for_seconds):
        return None
    if not answer.tried_for_seconds:
        return undo
    since = datetime.fromisoformat(undo["since"]) - timedelta(seconds=answer.tried_for_seconds)
    return {**undo, "since": since.isoformat()}


def _who(item: Mapping[str, Any]) -> str:
    player = item.get("player")
    return f"{player.get('service')}:{player.get('id')}" if player else f"address of {item.get('infraction_id')}"
