"""From the log to everywhere else, in log order, each sink knowing by itself how far it is."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

import asyncpg

from banstream_event_log.events import LoggedEvent
from banstream_event_log.fresh import Fresh
from banstream_event_log.log import read_opened
from banstream_runtime.tasks import heed_cancellation

_BATCH = 1000
"""Events of a page. At its end each sink waits for the last of its window while nothing else is done."""
_IDLE_SECONDS = 1.0
_KEPT_SECONDS = 0.25


class Sink(Protocol):
    """Where events go. Nothing is lost or doubled over a kill, since `resume` asks the sink's own store."""

    async def resume(self) -> int:
        """The position up to which everything has arrived."""

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Take the events that follow, in order; returns when they are stored, raises when they are not.

        None at all, after a second without any, says that nothing follows for now.
        """


class Seldom:
    """Says whether it is time to keep again how far something has come; what is kept may be a moment behind.

    `due` has to be asked again when nothing follows, see Sink.
    """

    def __init__(self, seconds: float = _KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._next = 0.0

    def due(self) -> bool:
        """At most once in so many seconds."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class Relay:
    """Carries the log to its sinks, one after the other; only one process runs it at a time (the leader)."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        sinks: Sequence[Sink],
        appended: asyncio.Event,
        relayed: Callable[[int], Awaitable[None]],
        fresh: Fresh | None = None,
    ) -> None:
        self._connection = connection
        self._sinks = sinks
        self._appended = appended
        self._relayed = relayed
        self._fresh = fresh or Fresh()

    async def run(self) -> None:
        """Relay for ever; raises what a sink or the database raises, the leader then starts anew."""
        reached = [await sink.resume() for sink in self._sinks]
        position = min(reached)
        await self._relayed(position)
        while True:
            heed_cancellation()
            self._appended.clear()
            events = self._fresh.after(position, _BATCH) or await read_opened(self._connection, position, _BATCH)
            for sink, have in zip(self._sinks, reached, strict=True):
                await sink.deliver([event for event in events if event.position > have])
            position = events[-1].position if events else position
            await self._relayed(position)
            if len(events) < _BATCH:
                await self._wait_for_more()

    async def _wait_for_more(self) -> None:
        """Until the writer of this process has appended; the pause is for another's, such as an importer's."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._appended.wait()


async def remember_position(connection: "asyncpg.Connection[asyncpg.Record]", relay: str, position: int) -> None:
    """Keep how far a relay is, for the day when its stream has aged out and can no longer tell.

    May be a moment behind (`Seldom`): after a kill at that moment what follows is told again, under the same ids.
    """
    await connection.execute(
        "insert into relay_position (relay, position) values ($1, $2)"
        " on conflict (relay) do update set position = excluded.position",
        relay,
        position,
    )


async def remembered_position(connection: "asyncpg.Connection[asyncpg.Record]", relay: str) -> int:
    """What `remember_position` kept; 0 where nothing was."""
    return int(await connection.fetchval("select position from relay_position where relay = $1", relay) or 0)
