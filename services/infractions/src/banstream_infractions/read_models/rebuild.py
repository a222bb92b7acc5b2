"""The read models of infractions, made anew from the log."""

from collections.abc import Iterable, Sequence

import asyncpg

from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.event import Event
from banstream_contracts.events.infractions import InfractionEvent, InfractionIssued
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import Player
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Filling, Progress, rebuilt
from banstream_event_log import log
from banstream_event_log.events import OpenedEvent
from banstream_infractions.domain.batch import known_of
from banstream_infractions.domain.concerns import whose
from banstream_infractions.domain.infraction_states import evolve_infraction
from banstream_infractions.read_models import filling, issued, projection, search, wall
from banstream_infractions.read_models.document_rows import REQUESTS
from banstream_infractions.read_models.folded import BESIDE_INFRACTIONS, held

TABLES = (
    projection.INFRACTIONS,
    *(each.rows.table for each in BESIDE_INFRACTIONS),
    *wall.TABLES,
    *search.TABLES,
)
COUNTERS = {wall.TOTALS, wall.QUARTERS, *issued.TABLES}
"""What sums are kept in, over the infractions of all streams."""
_ERASED = str(PlayerErased.model_fields["type"].default)


async def rebuild(dsn: str, schema: str, role: str, progress: Progress, jobs: int | None = None) -> int:
    """Rebuild as an administrator, in so many processes, one a core by default; returns the position reached."""
    return await rebuilding.rebuild(dsn, schema, role, TABLES, apply, progress, filling=FILLING, jobs=jobs)


async def apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
    """One page, into tables that are filled and counted; of whom it erases, all that was read before is read again."""
    _, infractions = await _applied(connection, page)
    await filling.put(connection, infractions.values(), rebuilt)
    for logged in page:
        if logged.type == _ERASED:
            await _read_again(connection, logged, page[-1].position)


async def _read_again(connection: "asyncpg.Connection[asyncpg.Record]", erased: OpenedEvent, until: int) -> None:
    """What the log still says of an erased player, up to where the tables are: earlier pages may have said more."""
    token, requests = Player.model_validate(erased.data["player"]).token, rebuilt(REQUESTS.table)
    rows = await connection.fetch(f"select id from {requests} where player_token = $1", token)
    addresses = (whose(None, address) for address in erased.data.get("address_hashes", ()))
    streams = [erased.stream, *addresses, *(f"request:{row['id']}" for row in rows)]
    histories = (await log.load(connection, streams)).values()
    records = [known_of([each for each in history if each.position <= until]).record for history in histories]
    infractions = [infraction for record in records for infraction in record.infractions.values()]
    await filling.put(connection, infractions, rebuilt)
    await REQUESTS.put(connection, filter(None, (record.request for record in records)), requests)


async def _applied(
    connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]
) -> tuple[frozenset[str], dict[str, Infraction]]:
    """Bring read models up to date; the infractions are left, with the ids of those that were there.

    An infraction that is issued by these is not looked for: it is not there, but where an id was given twice.
    """
    events = [(event_of(logged, EVENT), logged.position) for logged in page]
    for each in BESIDE_INFRACTIONS:
        await each.apply(connection, events)
    infractions = await held(connection, projection.INFRACTIONS, Infraction, _begun_before(events))
    were_there = frozenset(infractions)
    for event, position in events:
        if isinstance(event, InfractionEvent):
            key = event.infraction_id
            infractions[key] = evolve_infraction(infractions.get(key), event, position)
    return were_there, infractions


def _begun_before(events: Iterable[tuple[Event, int]]) -> list[str]:
    """Infractions whose first event of these is not the one that issues them."""
    first: dict[str, Event] = {}
    for event, _ in events:
        if isinstance(event, InfractionEvent):
            first.setdefault(event.infraction_id, event)
    return [infraction_id for infraction_id, event in first.items() if not isinstance(event, InfractionIssued)]


async def _begin(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """What is counted meanwhile is forgotten with the connection."""
    for table in COUNTERS:
        await connection.execute(f"create temp table if not exists {_apart(table)} (like {table} including indexes)")


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
    """One page, into tables that nobody has counted yet. An id that was given twice is the last one's, as it was."""
    were_there, infractions = await _applied(connection, page)
    await filling.put(connection, [each for each in infractions.values() if each.id in were_there], _uncounted)
    new = [each for each in infractions.values() if each.id not in were_there]
    try:
        await filling.fill(connection, new, rebuilt)
    except asyncpg.UniqueViolationError:
        await filling.put(connection, new, _uncounted)


async def _count(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await filling.count(connection, rebuilt)


FILLING = Filling(f"{__name__}:FILLING", _begin, _fill, _count)
"""An infraction stays in its stream; counters are of all."""


def _uncounted(table: str) -> str:
    return _apart(table) if table in COUNTERS else rebuilt(table)


def _apart(table: str) -> str:
    return f"{table}_apart"
