"""Read models that an older leader does not know, made whole when a newer one takes over.

While a release is rolled out the old leader goes on, on the new schema, and writes only the read models that it knows.
Every writer keeps how far it came under the number of the set that it knows. Where that is behind the log, somebody
else has written: what they changed is put into every model of the set again. Counters of rows that they may have
written too are counted anew.
"""

import asyncpg

from banstream_contracts.infractions import Infraction
from banstream_event_log import log
from banstream_event_log.connections import Connection
from banstream_event_log.postgres import prepare
from banstream_event_log.statements import Statement, write
from banstream_infractions.read_models import issued, search, wall

MODELS = 4
"""1: the wall. 2: the search too. 3: counters of what was issued. 4: keys of the search.

To be raised with each further read model that is worked out of infractions.
"""
_PAGE = 1000
_REACH = """
    models_put as (
        insert into models_reached as known (models, position) values ($1::integer, $2::bigint)
        on conflict (models) do update set position = greatest(known.position, excluded.position)
    )
"""


async def catch_up(connection: Connection, head: int) -> int:
    """Put in what was written by others, with the log locked at `head`; returns how many infractions."""
    reached = await connection.fetchval("select position from models_reached where models = $1", MODELS)
    if reached is not None and reached >= head:
        return 0
    count = await _put_changed_since(connection, reached or 0)
    await issued.recount(connection, search.SEARCH)
    await reach(connection, head)
    return count


async def reach(connection: Connection, position: int) -> None:
    """Keep that the models of this set are whole up to a position."""
    await write(connection, [reaching(position)])


def reaching(position: int) -> Statement:
    """The same, to be written together with other things."""
    return Statement(_REACH, (MODELS, position))


async def begin(admin_database_url: str, schema: str) -> None:
    """Before the models are filled, up to here at least: what others write from now on is put in by `catch_up`.

    A deploy step; changes nothing the second time.
    """
    connection = await asyncpg.connect(admin_database_url, server_settings={"search_path": schema}, timeout=10)
    await prepare(connection)
    try:
        async with connection.transaction():
            head = await log.lock(connection)
            if await connection.fetchval("select not exists (select from models_reached where models = $1)", MODELS):
                await reach(connection, head)
    finally:
        await connection.close()


async def _put_changed_since(connection: Connection, position: int) -> int:
    last, count = "", 0
    while rows := await connection.fetch(
        "select id, document from infractions where position > $1 and id > $2 order by id limit $3",
        position,
        last,
        _PAGE,
    ):
        infractions = [Infraction.model_validate(row["document"]) for row in rows]
        await wall.put_bans(connection, infractions)
        await search.put_rows(connection, infractions)
        last, count = rows[-1]["id"], count + len(rows)
    return count
