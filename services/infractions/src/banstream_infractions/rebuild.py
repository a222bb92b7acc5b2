"""Read models made anew from the log, beside the ones in use, which go on meanwhile."""

from collections.abc import Callable, Sequence

import asyncpg

from banstream_contracts.events import EVENT, CredentialEvent, InfractionEvent, RequestOpened
from banstream_contracts.infractions import Credential, Infraction
from banstream_decider.events import event_of
from banstream_event_log import log
from banstream_event_log.events import LoggedEvent
from banstream_event_log.postgres import prepare
from banstream_infractions import projection
from banstream_infractions.record import evolve_credential, evolve_infraction, opened

_PAGE = 1000
_TRY_LOCK = "select pg_try_advisory_lock(hashtextextended(current_schema() || '.rebuild', 0))"
_INDEX_NAMES = """
    select used.indexrelid::regclass::text as wanted, made.indexrelid::regclass::text as given
    from pg_index used join pg_index made
        on made.indkey = used.indkey
        and pg_get_expr(made.indpred, made.indrelid) is not distinct from pg_get_expr(used.indpred, used.indrelid)
    where used.indrelid = $1::regclass and made.indrelid = $2::regclass
"""
_TABLES = (projection.INFRACTIONS, projection.CREDENTIALS, projection.REQUESTS)


class RebuildRunning(Exception):
    """Two at once would drop each other's tables."""


async def rebuild(dsn: str, schema: str, role: str, progress: Callable[[int, int], None]) -> int:
    """Rebuild as an administrator; returns the position reached. `progress` gets position and head.

    Commands wait only for the last page and the renaming; checks never notice.
    """
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    await prepare(connection)
    try:
        if not await connection.fetchval(_TRY_LOCK):
            raise RebuildRunning("another rebuild is running")
        for table in _TABLES:
            await connection.execute(f"drop table if exists {table}_rebuilt")
            await connection.execute(f"create table {table}_rebuilt (like {table} including all)")
            await connection.execute(f"grant select, insert, update, delete on {table}_rebuilt to {role}")
        position = await _catch_up(connection, 0, progress)
        async with connection.transaction():
            await log.lock(connection)
            position = await _catch_up(connection, position, progress)
            await _swap(connection)
        return position
    finally:
        await connection.close()


async def _catch_up(
    connection: "asyncpg.Connection[asyncpg.Record]", position: int, progress: Callable[[int, int], None]
) -> int:
    head = await log.head(connection)
    while events := await log.read(connection, position, _PAGE):
        await _apply(connection, events)
        position = events[-1].position
        head = max(head, position)
        progress(position, head)
    return position


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[LoggedEvent]) -> None:
    """One page: fetch what it changes, change it in memory, put it back."""
    events = [(event_of(logged, EVENT), logged.position) for logged in page]
    infractions = await _known(
        connection, projection.INFRACTIONS, [logged.data.get("infraction_id") for logged in page]
    )
    credentials = await _known(
        connection, projection.CREDENTIALS, [logged.data.get("credential_id") for logged in page]
    )
    changed = {key: Infraction.model_validate(document) for key, document in infractions.items()}
    holding = {key: Credential.model_validate(document) for key, document in credentials.items()}
    requests = []
    for event, position in events:
        match event:
            case CredentialEvent():
                holding[event.credential_id] = evolve_credential(holding.get(event.credential_id), event, position)
            case InfractionEvent():
                changed[event.infraction_id] = evolve_infraction(changed.get(event.infraction_id), event, position)
            case RequestOpened():
                requests.append(opened(event, position))
            case _:
                pass
    await projection.put_infractions(connection, changed.values(), f"{projection.INFRACTIONS}_rebuilt")
    await projection.put_credentials(connection, holding.values(), f"{projection.CREDENTIALS}_rebuilt")
    await projection.put_requests(connection, requests, f"{projection.REQUESTS}_rebuilt")


async def _known(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, ids: Sequence[str | None]
) -> dict[str, object]:
    rows = await connection.fetch(f"select id, document from {table}_rebuilt where id = any($1)", [*{*ids} - {None}])
    return {row["id"]: row["document"] for row in rows}


async def _swap(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Put the rebuilt tables in place, with the names that indexes and constraints had."""
    for table in _TABLES:
        names = await connection.fetch(_INDEX_NAMES, table, f"{table}_rebuilt")
        await connection.execute(f"drop table {table}")
        await connection.execute(f"alter table {table}_rebuilt rename to {table}")
        for name in names:
            await connection.execute(f"alter index {name['given']} rename to {name['wanted']}")
