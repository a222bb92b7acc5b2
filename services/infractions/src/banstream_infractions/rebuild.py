"""The read models of infractions, made anew from the log."""

from collections.abc import Sequence

import asyncpg

from banstream_contracts.events import EVENT, CredentialEvent, InfractionEvent, RequestOpened
from banstream_contracts.infractions import Credential, Infraction
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Progress, rebuilt
from banstream_event_log.events import LoggedEvent
from banstream_infractions import projection
from banstream_infractions.record import evolve_credential, evolve_infraction, opened

_TABLES = (projection.INFRACTIONS, projection.CREDENTIALS, projection.REQUESTS)


async def rebuild(dsn: str, schema: str, role: str, progress: Progress) -> int:
    """Rebuild as an administrator; returns the position reached."""
    return await rebuilding.rebuild(dsn, schema, role, _TABLES, _apply, progress)


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
    await projection.put_infractions(connection, changed.values(), rebuilt(projection.INFRACTIONS))
    await projection.put_credentials(connection, holding.values(), rebuilt(projection.CREDENTIALS))
    await projection.put_requests(connection, requests, rebuilt(projection.REQUESTS))


async def _known(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, ids: Sequence[str | None]
) -> dict[str, object]:
    rows = await connection.fetch(f"select id, document from {rebuilt(table)} where id = any($1)", [*{*ids} - {None}])
    return {row["id"]: row["document"] for row in rows}
