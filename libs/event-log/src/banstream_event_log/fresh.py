"""What this process has just committed, for its own relay: it need not be read, taken apart and opened again."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC
from itertools import islice

from msgspec.structs import replace

from banstream_event_log.events import LoggedEvent, NewEvent

_MOST = 10_000
"""Events. A relay that is further behind reads the log."""


class Fresh:
    """The newest events of the log without a gap, opened; only of what was committed."""

    def __init__(self, most: int = _MOST) -> None:
        self._events: deque[LoggedEvent] = deque(maxlen=most)

    def clear(self) -> None:
        """For whoever begins to write: in between others may have written, or an older log was put back."""
        self._events.clear()

    def put(self, logged: Sequence[LoggedEvent], opened: Iterable[NewEvent]) -> None:
        """Take events that were committed, as the log keeps them and as they were before they were locked."""
        if self._events and logged and logged[0].position != self._events[-1].position + 1:
            self._events.clear()
        for kept, event in zip(logged, opened, strict=True):
            self._events.append(replace(kept, data=event.data, occurred_at=event.occurred_at.astimezone(UTC)))

    def after(self, position: int, limit: int) -> list[LoggedEvent]:
        """The events that follow a position; none where it is not known what does. Those before it are let go."""
        while self._events and self._events[0].position <= position:
            self._events.popleft()
        if not self._events or self._events[0].position != position + 1:
            return []
        return list(islice(self._events, limit))
