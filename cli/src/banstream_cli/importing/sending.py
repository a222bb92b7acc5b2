"""Rows to the gateway, a hundred at a time, and what became of each. Sending a row again is safe."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

from banstream_cli.gateway.api import Api, path
from banstream_cli.importing.gathering import Entry, NotSent, Skipped
from banstream_cli.importing.presence import Presence
from banstream_cli.importing.rows import Rejected, rejected
from banstream_cli.importing.tidying import Mend, Sendable
from banstream_cli.terminal.exits import Invalid, Stuck

MOST_AT_ONCE = 100
MOST_BYTES = 512 * 1024
"""Of one request: the gateway takes twice as many."""

_AT_A_TIME = 4
"""Requests on their way: while one is written to disk, the next ones are read."""

MOST_EXAMPLES = 20
MOST_KEPT = 1000
OUTCOMES = ("new", "changed", "same", "lifted", "accepted", "left", "refused", "rejected")
_OF_ROWS = frozenset(OUTCOMES) - {"lifted", "rejected"}
NOT_TAKEN = ("left", "refused", "rejected")
_EXAMPLES = {"new", "changed"}

Progress: TypeAlias = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A row that is not here as it stands there: where it is, what became of it, why, and what it says."""

    place: str
    row: str | None
    outcome: str
    why: str
    raw: str


@dataclass(slots=True)
class Report:
    """What became of the rows: of those not taken the first `MOST_KEPT` of each outcome, and some examples.

    `sent` are those that the gateway has answered; `presence` gathers what the files hold, where that is wanted.
    """

    on_not_taken: Callable[[NotTaken], None] = lambda _: None
    presence: Presence | None = None
    sent: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    mended: Counter[Mend] = field(default_factory=Counter)
    skipped: Counter[Skipped] = field(default_factory=Counter)
    examples: dict[str, list[Sendable]] = field(default_factory=dict)
    not_taken: list[NotTaken] = field(default_factory=list)

    def count(self, names: Iterable[str]) -> int:
        """Rows with one of these outcomes."""
        return sum(self.outcomes[name] for name in names)

    def take(self, sent: Sendable, answer: Mapping[str, Any]) -> None:
        """What the gateway says of a row."""
        outcome, why = str(answer.get("outcome")), str(answer.get("detail") or "")
        self.sent += 1
        if self.presence is not None:
            self.presence.take(sent.key, outcome, str(answer.get("infraction_id")))
        if outcome not in _OF_ROWS:
            outcome, why = "refused", why or f"the gateway says {outcome}, which this command does not know"
        self.outcomes[outcome] += 1
        self.mended.update(sent.mended)
        if outcome in _EXAMPLES and len(kept := self.examples.setdefault(outcome, [])) < MOST_EXAMPLES:
            kept.append(sent)
        if outcome in NOT_TAKEN:
            self._keep(NotTaken(f"row {sent.key}", sent.key, outcome, why, _text(sent.body)))

    def reject(self, found: Rejected) -> None:
        """What could not be read, or not be sent."""
        self.outcomes["rejected"] += 1
        if self.presence is not None:
            self.presence.keep(found.key, found.place)
        self._keep(NotTaken(found.place, found.key, "rejected", found.why, found.raw))

    def skip(self, found: NotSent) -> None:
        """What is there, and is not to be sent."""
        self.skipped[found.why] += 1
        if self.presence is not None and found.why is Skipped.OTHER_KIND:
            self.presence.keep(found.key, "")

    def take_missing(self, row: str, outcome: str, why: str) -> None:
        """What became of a row that is in the files no more."""
        self.outcomes[outcome] += 1
        if outcome in NOT_TAKEN:
            self._keep(NotTaken(f"row {row}", row, outcome, why, ""))

    def _keep(self, each: NotTaken) -> None:
        if self.outcomes[each.outcome] <= MOST_KEPT:
            self.not_taken.append(each)
        self.on_not_taken(each)


@dataclass(frozen=True, slots=True)
class Import:
    """One run: its id, what the other system is called, and whether anything is done."""

    import_id: str
    source: str
    dry_run: bool


async def send(api: Api, run: Import, found: Iterable[Entry], report: Report, advance: Progress) -> None:
    """Everything, some requests at a time; `report` says how far it came. Raises Trouble where the gateway is lost."""
    batches = _batches(_sendable(found, report))
    while some := list(islice(batches, _AT_A_TIME)):
        ends = await asyncio.gather(*(_send(api, run, each, report) for each in some), return_exceptions=True)
        advance(report.sent)
        for end in ends:
            if end is not None:
                raise end


def _sendable(found: Iterable[Entry], report: Report) -> Iterator[Sendable]:
    for entry in found:
        match entry:
            case Sendable():
                yield entry
            case Rejected():
                report.reject(entry)
            case NotSent():
                report.skip(entry)


def _batches(found: Iterable[Sendable]) -> Iterator[list[Sendable]]:
    batch: list[Sendable] = []
    size = 0
    for each in found:
        length = len(_text(each.body))
        if batch and (len(batch) == MOST_AT_ONCE or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield batch


async def _send(api: Api, run: Import, batch: Sequence[Sendable], report: Report) -> None:
    """A request; a row that the gateway does not take at all is left out of the next try."""
    left = list(batch)
    while left:
        body = {"source": run.source, "dry_run": run.dry_run, "infractions": [each.body for each in left]}
        try:
            answer = await api.post(path("v1", "imports", run.import_id), body)
        except Invalid as invalid:
            wrong = _wrong_rows(invalid, len(left))
            if not wrong:
                raise
            for number, why in wrong.items():
                key = left[number].key
                report.reject(rejected(f"row {key}", why, _text(left[number].body), key))
            left = [each for number, each in enumerate(left) if number not in wrong]
            continue
        _take(left, answer.content, report)
        return


def _take(sent: Sequence[Sendable], content: Mapping[str, Any], report: Report) -> None:
    answers = {item.get("row"): item for item in content.get("items") or () if isinstance(item, Mapping)}
    for each in sent:
        if each.key not in answers:
            raise Stuck(f"the gateway does not say what became of the row {each.key}: is it of this release?")
        report.take(each, answers[each.key])


def _wrong_rows(invalid: Invalid, count: int) -> dict[int, str]:
    """By the number of the row in the request: `infractions.17.reason`."""
    wrong: dict[int, str] = {}
    for name, message in invalid.errors.items():
        field_of, _, rest = name.partition(".")
        number, _, inner = rest.partition(".")
        if field_of == "infractions" and number.isdecimal() and int(number) < count:
            wrong.setdefault(int(number), f"{inner}: {message}" if inner else message)
    return wrong


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":"))
