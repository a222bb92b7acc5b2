"""Read models made anew from the log, beside the ones in use, which go on meanwhile."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from banstream_event_log import log
from banstream_event_log.events import LoggedEvent
from banstream_event_log.postgres import prepare

_PAGE = 1000
_TRY_LOCK = "select pg_try_advisory_lock(hashtextextended(current_schema() || '.rebuild', 0))"
_INDEX_NAMES = """
    select used.indexrelid::regclass::text as wanted, made.indexrelid::regclass::text as given
    from pg_index used join pg_index made
        on made.indkey = used.indkey
        and pg_get_expr(made.indpred, made.indrelid) is not distinct from pg_get_expr(used.indpred, used.indrelid)
    where used.indrelid = $1::regclass and made.indrelid = $2::regclass
"""

Apply = Callable[["asyncpg.Connection[asyncpg.Record]", Sequence[LoggedEvent]], Awaitable[None]]
"""Brings the tables of the new names to the state after a page of events."""
Progress = Callable[[int, int], None]
"""Gets the position reached and the head of the log."""


class RebuildRunning(Exception):
    """Two at once would drop each other's tables."""


def rebuilt(table: str) -> str:
    """The name of a table while it is made anew."""
    return f"{table}_rebuilt"


async def rebuild(dsn: str, schema: str, role: str, tables: Sequence[str], apply: Apply, progress: Progress) -> int:
    """Rebuild as an administrator; returns the position reached.

    Commands wait only for the last page and the renaming; checks never notice.
    """
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    await prepare(connection)
    try:
        if not await connection.fetchval(_TRY_LOCK):
            raise RebuildRunning("another rebuild is running")
        for table in tables:
            await connection.execute(f"drop table if exists {rebuilt(table)}")
            await connection.execute(f"create table {rebuilt(table)} (like {table} including all)")
            await connection.execute(f"grant select, insert, update, delete on {rebuilt(table)} to {role}")
        position = await _catch_up(connection, 0, apply, progress)
        async with connection.transaction():
            await log.lock(connection)
            position = await _catch_up(connection, position, apply, progress)
            await _swap(connection, tables)
        return position
    finally:
        await connection.close()


async def _catch_up(
    connection: "asyncpg.Connection[asyncpg.Record]", position: int, apply: Apply, progress: Progress
) -> int:
    head = await log.head(connection)
    while events := await log.read_opened(connection, position, _PAGE):
        await apply(connection, events)
        position = events[-1].position
        head = max(head, position)
        progress(position, head)
    return position


async def _swap(connection: "asyncpg.Connection[asyncpg.Record]", tables: Sequence[str]) -> None:
    """Put the rebuilt tables in place, with the names that indexes and constraints had."""
    for table in tables:
        names = await connection.fetch(_INDEX_NAMES, table, rebuilt(table))
        await connection.execute(f"drop table {table}")
        await connection.execute(f"alter table {rebuilt(table)} rename to {table}")
        for name in names:
            await connection.execute(f"alter index {name['given']} rename to {name['wanted']}")
