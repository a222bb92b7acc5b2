"""Read models made anew from the log, beside the ones in use, which go on meanwhile."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from banstream_decider import folding_processes, tables_beside
from banstream_decider.folding import Apply, Connection, Filling, Reading, connected, folded, seldom_collecting
from banstream_decider.folding_processes import FoldingFailed, Order
from banstream_decider.tables_beside import rebuilt
from banstream_event_log import log

__all__ = ["Apply", "Connection", "Filling", "FoldingFailed", "Progress", "RebuildRunning", "rebuild", "rebuilt"]

_PAGE = 2000
_WORTH_A_PROCESS = 5
"""Pages; of less a process is longer in starting than in folding."""
_LOCK = "hashtextextended(current_schema() || '.rebuild', 0)"

_MOST_JOBS = 8
"""By default: Postgres writes with as many connections, and each process takes 90 MB."""

Progress = Callable[[int, int], None]
"""Gets the position reached, where streams are folded apart how many events are, and the head of the log."""


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
    filling: Filling | None = None,
    jobs: int | None = None,
) -> int:
    """Rebuild as an administrator; returns the position reached. `page` is how many events a process has in memory.

    With a `filling` what the log has at first is folded by `jobs` processes, `usual_jobs` of them by default;
    the rest by `apply`, in this one. A single job makes one index after the other too, and leaves other cores alone.
    Commands wait only for the last page and the renaming; checks never notice. Who is erased meanwhile is in a page:
    `apply` takes out what earlier ones have told of them.
    Raises FoldingFailed when a process fails; the tables in use stay then, as they do when this is cancelled.
    """
    async with alone(dsn, schema) as connection, connected(dsn, schema) as reader:
        made = _Made(dsn, schema, connection, reader, apply, progress, page)
        await _replace(made, tables, role, filling, jobs or usual_jobs())
        return made.position


async def _replace(made: "_Made", tables: Sequence[str], role: str, filling: Filling | None, jobs: int) -> None:
    await tables_beside.create(made.connection, tables, role)
    connections = (made.connection, made.reader) if jobs > 1 else (made.connection,)
    with seldom_collecting():
        if filling:
            await made.fill(filling, await log.head(made.connection), jobs)
            await tables_beside.add_indexes(connections, tables, [filling.sum_up])
        else:
            await made.catch_up()
            await tables_beside.add_indexes(connections, tables)
        await made.catch_up()
    async with made.connection.transaction():
        await log.lock(made.connection)
        await made.catch_up()
        await tables_beside.put_in_place(made.connection, tables)


@dataclass(slots=True)
class _Made:
    """Tables on their way, and the position that they have reached."""

    dsn: str
    schema: str
    connection: Connection
    reader: Connection
    apply: Apply
    progress: Progress
    page: int
    position: int = 0

    async def fill(self, filling: Filling, until: int, jobs: int) -> None:
        """New tables, up to a position, but for what is summed up: in this process, or in as many as that is worth."""
        jobs = min(jobs, until // (_WORTH_A_PROCESS * self.page))
        if jobs > 1:
            await self._fill_in_processes(filling, until, jobs)
        else:
            await filling.begin(self.connection)
            await self._fold(filling.apply, until)
        self.position = until

    async def catch_up(self) -> None:
        """Apply what the log has."""
        await self._fold(self.apply, await log.head(self.connection))

    async def _fold(self, apply: Apply, until: int) -> None:
        reading = Reading(self.page, self.position, until)
        async with aclosing(folded(self.connection, self.reader, apply, reading)) as pages:
            async for page in pages:
                self.position = page[-1].position
                self.progress(self.position, until)

    async def _fill_in_processes(self, filling: Filling, until: int, jobs: int) -> None:
        done = 0

        def progress(count: int) -> None:
            nonlocal done
            done += count
            self.progress(done, until)

        orders = [Order(self.dsn, self.schema, filling.name, self.page, until, number, jobs) for number in range(jobs)]
        await folding_processes.fold(orders, progress)


def usual_jobs() -> int:
    """One for each core that this process may use, and eight at most: a container sees all cores of its node."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_JOBS)


@asynccontextmanager
async def alone(dsn: str, schema: str, *, waits: bool = False) -> AsyncIterator[Connection]:
    """An administrator's connection that makes tables anew while nobody else does. Raises RebuildRunning."""
    async with connected(dsn, schema) as connection:
        if waits:
            await connection.execute(f"select pg_advisory_lock({_LOCK})")
        elif not await connection.fetchval(f"select pg_try_advisory_lock({_LOCK})"):
            raise RebuildRunning("another rebuild is running")
        yield connection
