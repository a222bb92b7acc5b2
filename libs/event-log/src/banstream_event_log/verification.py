"""Walking the log to see whether anybody touched it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from banstream_event_log import erasure
from banstream_event_log.chain import broken_by
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import pages


@dataclass(frozen=True, slots=True)
class Verified:
    """`broken_at` is the first position that does not hold, with the reason; None where the log is whole.

    `head_hash` (hex) is worth writing down elsewhere: a log rewritten from the start has another one.
    `not_opened` are the persons whose key does not open what a whole log keeps locked of them, each with the first
    position of that: nothing can be told of it, and all else goes on.
    """

    events: int
    head_hash: str | None
    broken_at: int | None = None
    reason: str | None = None
    not_opened: Mapping[str, int] = field(default_factory=dict)


async def verify(connection: Connection, progress: Callable[[int], None] = lambda _position: None) -> Verified:
    """Check every row against the one before it, and the end against what had been published when it began.

    `progress` is called with each position. Raises nothing of its own.
    """
    published = await connection.fetchval("select coalesce(max(position), 0) from relay_position")
    previous: LoggedEvent | None = None
    not_opened: dict[str, int] = {}
    async for page in pages(connection):
        for event in page:
            if reason := broken_by(event, previous):
                position = previous.position + 1 if previous else 1
                return Verified(position - 1, None, min(position, event.position), reason)
            previous = event
            progress(event.position)
        not_opened = await erasure.not_opened(connection, page) | not_opened
    count = previous.position if previous else 0
    if published > count:
        return Verified(count, None, count + 1, f"the end is missing: position {published} has been published")
    return Verified(count, previous.hash.hex() if previous else None, not_opened=not_opened)
