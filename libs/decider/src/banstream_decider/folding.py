"""The log, or some streams of it, folded into tables that are made anew: page by page, the next one read meanwhile."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from banstream_event_log import log, postgres
from banstream_event_log.events import OpenedEvent
from banstream_event_log.log import ALL, Part
from banstream_runtime.tasks import ended

_ALLOCATIONS = 100_000
"""Between two looks for rings of garbage, of which a page leaves none."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Apply = Callable[["asyncpg.Connection[asyncpg.Record]", Sequence[OpenedEvent]], Awaitable[None]]
"""Brings the tables of the new names to the state after a page of events."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What brings new tables to the state after a part of the streams, beside others that do so with the rest.

    `name` is where a process finds it: `module:constant`. Each process calls `begin` once, then `apply` with pages of
    its streams; what is worked out of all streams is left to `sum_up`, which is called when all of them are done.
    """

    name: str
    begin: Callable[[Connection], Awaitable[None]]
    apply: Apply
    sum_up: Callable[[Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Which events are read, and how many are in memory at once."""

    page: int
    after: int
    until: int
    part: Part = ALL


async def folded(
    connection: Connection, reader: Connection, apply: Apply, reading: Reading
) -> AsyncGenerator[Sequence[OpenedEvent], None]:
    """Each page when it is in the tables. To be closed (`aclosing`): it reads ahead."""
    after = reading.after

    def begin() -> asyncio.Task[list[OpenedEvent]]:
        return asyncio.create_task(log.read_to_fold(reader, after, reading.until, reading.page, reading.part))

    ahead = begin()
    try:
        while events := await ahead:
            after = events[-1].position
            ahead = begin()
            await apply(connection, events)
            yield events
    finally:
        await ended(ahead)


@asynccontextmanager
async def connected(dsn: str, schema: str) -> AsyncIterator[Connection]:
    """An administrator's connection that makes tables anew."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    try:
        await postgres.prepare(connection)
        await connection.execute("set synchronous_commit = off")  # what a crash takes is begun anew anyway
        yield connection
    finally:
        await connection.close()


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """For the block, which leaves no rings."""
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
