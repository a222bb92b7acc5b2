"""Read models made anew from the log, beside the ones in use, which go on meanwhile."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from banstream_decider import tables_beside
from banstream_decider.tables_beside import rebuilt
from banstream_event_log import erasure, log, postgres
from banstream_event_log.events import OpenedEvent
from banstream_runtime.tasks import ended

__all__ = ["Apply", "Progress", "RebuildRunning", "rebuild", "rebuilt"]

_PAGE = 5000
_LOCK = "hashtextextended(current_schema() || '.rebuild', 0)"
_ALLOCATIONS = 100_000
"""Between two looks for rings of garbage, of which a page leaves none."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Apply = Callable[["asyncpg.Connection[asyncpg.Record]", Sequence[OpenedEvent]], Awaitable[None]]
"""Brings the tables of the new names to the state after a page of events."""
Progress = Callable[[int, int], None]
"""Gets the position reached and the head of the log."""


class RebuildRunning(Exception):
    """Two at once would drop each other's tables."""


async def rebuild(
    dsn: str,
    schema: str,
    role: str,
    tables: Sequence[str],
    apply: Apply,
    progress: Progress,
    page: int = _PAGE,
) -> int:
    """Rebuild as an administrator; returns the position reached. `page` is how many events are in memory.

    Commands wait only for the last page and the renaming; checks never notice. Where somebody was erased meanwhile it
    is done again, as what had been read before may hold what is erased.
    """
    async with alone(dsn, schema) as connection, _connected(dsn, schema) as reader:
        made = _Made(connection, reader, apply, progress, page)
        while not await _replace(made, tables, role):
            made.position = 0
        return made.position


async def _replace(made: "_Made", tables: Sequence[str], role: str) -> bool:
    """Whether it may be; the tables in use stay else."""
    begun = await log.head(made.connection)
    await tables_beside.create(made.connection, tables, role)
    with _seldom_collecting():
        await made.catch_up()
        await tables_beside.add_indexes((made.connection, made.reader), tables)
        await made.catch_up()
    async with made.connection.transaction():
        await log.lock(made.connection)
        await made.catch_up()
        if await erasure.erased_since(made.connection, begun):
            return False
        await tables_beside.put_in_place(made.connection, tables)
    return True


@dataclass(slots=True)
class _Made:
    """Tables on their way, and the position that they have reached."""

    connection: Connection
    reader: Connection
    apply: Apply
    progress: Progress
    page: int
    position: int = 0

    async def catch_up(self) -> None:
        """Apply what the log has; each page is read while the one before it is applied."""
        head = await log.head(self.connection)
        reading = self._reading()
        try:
            while events := await reading:
                self.position = events[-1].position
                reading = self._reading()
                await self.apply(self.connection, events)
                self.progress(self.position, max(head, self.position))
        finally:
            await ended(reading)

    def _reading(self) -> asyncio.Task[list[OpenedEvent]]:
        return asyncio.create_task(log.read_to_fold(self.reader, self.position, self.page))


@asynccontextmanager
async def alone(dsn: str, schema: str, *, waits: bool = False) -> AsyncIterator[Connection]:
    """An administrator's connection that makes tables anew while nobody else does. Raises RebuildRunning."""
    async with _connected(dsn, schema) as connection:
        if waits:
            await connection.execute(f"select pg_advisory_lock({_LOCK})")
        elif not await connection.fetchval(f"select pg_try_advisory_lock({_LOCK})"):
            raise RebuildRunning("another rebuild is running")
        await connection.execute("set synchronous_commit = off")  # what a crash takes is begun anew anyway
        yield connection


@asynccontextmanager
async def _connected(dsn: str, schema: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    try:
        await postgres.prepare(connection)
        yield connection
    finally:
        await connection.close()


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
