"""Filling the wall of a database that had infractions before it had a wall."""

import asyncpg

from banstream_contracts.infractions import Infraction
from banstream_event_log import log
from banstream_event_log.postgres import prepare
from banstream_infractions import wall

_PAGE = 1000


async def fill(admin_database_url: str, schema: str) -> int:
    """Put every infraction of the read model on a wall that is empty; returns how many were looked at."""
    connection = await asyncpg.connect(admin_database_url, server_settings={"search_path": schema}, timeout=10)
    await prepare(connection)
    try:
        if not await _is_due(connection):
            return 0
        async with connection.transaction():
            await log.lock(connection)
            return await _fill(connection) if await _is_due(connection) else 0
    finally:
        await connection.close()


async def _is_due(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await connection.fetchval(
            "select not exists (select from wall_bans) and not exists (select from wall_quarters)"
            " and exists (select from infractions where status = 'active' and not is_warning)"
        )
    )


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    last, count = "", 0
    while rows := await connection.fetch(
        "select id, document from infractions where id > $1 order by id limit $2", last, _PAGE
    ):
        await wall.put_bans(connection, [Infraction.model_validate(row["document"]) for row in rows])
        last, count = rows[-1]["id"], count + len(rows)
    return count
