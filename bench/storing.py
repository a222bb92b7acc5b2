"""The least that durable commands cost: a JetStream acknowledgement each, and their rows in Postgres. Nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import streams, subjects
from banstream_runtime.connection import connect
from banstream_runtime.streams import apply_streams
from banstream_testing.servers import NatsServer

SUBJECT = subjects.COMMANDS.replace(">", "infractions.IssueInfraction.bench")
Rows = Mapping[str, list[asyncpg.Record]]
"""By table, as a run has left them there."""


@asynccontextmanager
async def copied(
    connection: "asyncpg.Connection[asyncpg.Record]", tables: tuple[str, ...], most: int
) -> AsyncIterator[Rows]:
    """The rows of a run; beside each table an empty one of the same shape, `raw_<table>`.

    They are gone afterwards: Postgres would look after them while the next is measured.
    """
    rows = {}
    for table in tables:
        await connection.execute(f"create table raw_{table} (like {table} including all)")
        rows[table] = await connection.fetch(f"select * from {table} limit {most}")
    try:
        yield rows
    finally:
        await connection.execute(f"drop table {', '.join(f'raw_{table}' for table in tables)}")


async def inserted(
    connection: "asyncpg.Connection[asyncpg.Record]", rows: Rows, first: int, behind: int, commands: int
) -> None:
    """The rows that came of some of the commands, in one transaction: of each table an even share for each command."""
    async with connection.transaction():
        for table, found in rows.items():
            if some := found[first * len(found) // commands : behind * len(found) // commands]:
                marks = ", ".join(f"${number}" for number in range(1, len(some[0]) + 1))
                await connection.executemany(
                    f"insert into raw_{table} ({', '.join(some[0].keys())}) values ({marks})",
                    [tuple(row.values()) for row in some],
                )


class Storing:
    """Writers that publish and wait until a row is committed; one task commits for all who wait."""

    def __init__(
        self,
        jetstream: JetStreamContext,
        connection: "asyncpg.Connection[asyncpg.Record]",
        rows: Rows,
        body: bytes,
        batch: int,
    ) -> None:
        self._jetstream = jetstream
        self._connection = connection
        self._rows = rows
        self._body = body
        self._batch = batch
        self._published: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def run(self, commands: int, writers: int) -> float:
        """Commands a second."""
        left = iter(range(commands))
        began = time.perf_counter()
        committing = asyncio.create_task(self._commit(commands))
        await asyncio.gather(*(self._write(left) for _ in range(writers)))
        await committing
        return commands / (time.perf_counter() - began)

    async def _write(self, left: Iterator[int]) -> None:
        for _ in left:
            await self._jetstream.publish(SUBJECT, self._body, stream=streams.COMMANDS)
            committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._published.put_nowait(committed)
            await committed

    async def _commit(self, commands: int) -> None:
        done = 0
        while done < commands:
            waiting = [await self._published.get()]
            while len(waiting) < self._batch and not self._published.empty():
                waiting.append(self._published.get_nowait())
            await inserted(self._connection, self._rows, done, done + len(waiting), commands)
            done += len(waiting)
            for each in waiting:
                each.set_result(None)


async def stored_per_second(
    servers: Callable[[], AbstractContextManager[NatsServer]],
    connection: "asyncpg.Connection[asyncpg.Record]",
    rows: Rows,
    body: bytes,
    commands: int,
    writers: int,
    batch: int,
) -> float:
    """On a NATS server of its own, which nobody else listens to."""
    with servers() as nats:
        client = await connect(nats.settings(), "bench", timeout_seconds=30)
        try:
            await apply_streams(client)
            return await Storing(client.jetstream(), connection, rows, body, batch).run(commands, writers)
        finally:
            await client.close()
