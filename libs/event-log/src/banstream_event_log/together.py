"""Sinks that are waited for at once: most events concern few of them, and each acknowledgement takes its way."""

from collections.abc import Sequence
from typing import Protocol

from banstream_event_log.events import LoggedEvent


class Begun(Protocol):
    """A sink that can be waited for later."""

    async def resume(self) -> int:
        """See `relay.Sink`."""

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Take the events that follow, in order; raises when one of them, or of earlier ones, is not stored."""

    async def finish(self) -> None:
        """Wait until all that was taken is stored, raise when it is not."""


class Together:
    """One sink of several, none of which needs to be before another. Each takes only what it has not got yet."""

    def __init__(self, *sinks: Begun) -> None:
        self._sinks = sinks
        self._reached: list[int] = []

    async def resume(self) -> int:
        """What all of them have."""
        self._reached = [await sink.resume() for sink in self._sinks]
        return min(self._reached)

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Begin one after the other, then wait for all."""
        for sink, have in zip(self._sinks, self._reached, strict=True):
            await sink.begin([event for event in events if event.position > have])
        for sink in self._sinks:
            await sink.finish()
