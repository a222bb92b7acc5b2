"""Filling the wall and the search of a database that had infractions before it had those."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import asyncpg

from banstream_contracts.infractions import Infraction
from banstream_event_log import log
from banstream_event_log.log import Connection
from banstream_event_log.postgres import prepare
from banstream_infractions import search, wall

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class _Filling:
    """What says that a read model waits to be filled, and what fills it."""

    is_due: str
    put: Callable[[Connection, Iterable[Infraction]], Awaitable[None]]


_WALL = _Filling(
    "select not exists (select from wall_bans) and not exists (select from wall_quarters)"
    " and exists (select from infractions where status = 'active' and not is_warning)",
    wall.put_bans,
)
_SEARCH = _Filling(
    "select not exists (select from infraction_search) and exists (select from infractions)", search.put_rows
)


async def fill(admin_database_url: str, schema: str) -> int:
    """Put every infraction on a wall, and in a search, that is empty; returns how many were looked at."""
    connection = await asyncpg.connect(admin_database_url, server_settings={"search_path": schema}, timeout=10)
    await prepare(connection)
    try:
        return sum([await _fill_if_due(connection, filling) for filling in (_WALL, _SEARCH)])
    finally:
        await connection.close()


async def _fill_if_due(connection: "asyncpg.Connection[asyncpg.Record]", filling: _Filling) -> int:
    if not await connection.fetchval(filling.is_due):
        return 0
    async with connection.transaction():
        await log.lock(connection)
        return await _fill(connection, filling) if await connection.fetchval(filling.is_due) else 0


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", filling: _Filling) -> int:
    last, count = "", 0
    while rows := await connection.fetch(
        "select id, document from infractions where id > $1 order by id limit $2", last, _PAGE
    ):
        await filling.put(connection, [Infraction.model_validate(row["document"]) for row in rows])
        last, count = rows[-1]["id"], count + len(rows)
    return count
