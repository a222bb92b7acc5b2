"""Walking the log to see whether anybody touched it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from banstream_event_log import erasure
from banstream_event_log.chain import broken_by
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import pages


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """Where a log ended once: the position of its last row, and the hash of that (hex)."""

    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verified:
    """`broken_at` is the first position that does not hold, with the reason; None where the log is whole.

    `head_hash` (hex) is worth writing down elsewhere: a log rewritten from the start has another one.
    `lost` are those of the expected heads that are no rows of the log, the first of them first; of those behind
    `broken_at` nothing is told.
    `not_opened` are the persons whose key does not open what a whole log keeps locked of them, each with the first
    position of that: nothing can be told of it, and all else goes on.
    """

    events: int
    head_hash: str | None
    broken_at: int | None = None
    reason: str | None = None
    not_opened: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[Head, ...] = ()


async def verify(
    connection: Connection,
    progress: Callable[[int], None] = lambda _position: None,
    expected: Collection[Head] = (),
) -> Verified:
    """Check every row against the one before it, and the end against what had been published when it began.

    `progress` is called with each position; `expected` are heads that the log had earlier. Raises nothing of its own.
    """
    published = await connection.fetchval("select coalesce(max(position), 0) from relay_position")
    previous: LoggedEvent | None = None
    not_opened: dict[str, int] = {}
    wanted, found = {head.position for head in expected}, set[Head]()
    async for page in pages(connection):
        for event in page:
            if reason := broken_by(event, previous):
                position = previous.position + 1 if previous else 1
                broken_at = min(position, event.position)
                return Verified(position - 1, None, broken_at, reason, lost=_lost(expected, found, broken_at))
            previous = event
            if event.position in wanted:
                found.add(Head(event.position, event.hash.hex()))
            progress(event.position)
        not_opened = await erasure.not_opened(connection, page) | not_opened
    count = previous.position if previous else 0
    if published > count:
        reason = f"the end is missing: position {published} has been published"
        return Verified(count, None, count + 1, reason, lost=_lost(expected, found, count + 1))
    head_hash = previous.hash.hex() if previous else None
    return Verified(count, head_hash, not_opened=not_opened, lost=_lost(expected, found))


def _lost(expected: Collection[Head], found: Collection[Head], before: int | None = None) -> tuple[Head, ...]:
    """Those that were not found, before a position if one is given."""
    return tuple(sorted(head for head in {*expected} - {*found} if before is None or head.position < before))
