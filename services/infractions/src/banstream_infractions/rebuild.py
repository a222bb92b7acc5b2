"""The read models of infractions, made anew from the log."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import asyncpg

from banstream_contracts.account_events import AccountEvent
from banstream_contracts.accounts import AccountEntry
from banstream_contracts.admin_events import AdminEvent
from banstream_contracts.admins import Admin
from banstream_contracts.appeal_events import AppealEvent
from banstream_contracts.appeals import Appeal
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events import CredentialEvent, Event, InfractionEvent, InfractionIssued, RequestOpened
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Contract, Credential, Infraction
from banstream_contracts.network_events import NetworkEvent
from banstream_contracts.networks import MarkedNetwork, network_key
from banstream_contracts.players import Player
from banstream_contracts.queries import ReviewRequest
from banstream_contracts.request_events import RequestEvent
from banstream_contracts.tiering import TieringPolicy
from banstream_contracts.tiering_events import TieringEvent
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Filling, Progress, rebuilt
from banstream_event_log import log
from banstream_event_log.events import OpenedEvent
from banstream_infractions import accounts_projection, appeals_projection, filling, issued, projection, search, wall
from banstream_infractions.accounts_states import evolve_account
from banstream_infractions.admins import evolve_admin
from banstream_infractions.appeals_states import evolve_appeal
from banstream_infractions.batch import known_of
from banstream_infractions.concerns import whose
from banstream_infractions.credentials import evolve_credential
from banstream_infractions.infraction_states import evolve_infraction
from banstream_infractions.networks import evolve_network
from banstream_infractions.requests_states import evolve_request
from banstream_infractions.tiering import evolve_tiering_policy

TABLES = (
    projection.INFRACTIONS,
    projection.CREDENTIALS,
    projection.REQUESTS,
    projection.ADMINS,
    projection.TIERING_POLICIES,
    projection.NETWORKS,
    accounts_projection.ACCOUNTS,
    appeals_projection.APPEALS,
    *wall.TABLES,
    *search.TABLES,
)
COUNTERS = {wall.TOTALS, wall.QUARTERS, *issued.TABLES}
"""What sums are kept in, over the infractions of all streams."""
_ERASED = str(PlayerErased.model_fields["type"].default)

Document = TypeVar("Document", bound=Contract)


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
    token, requests = Player.model_validate(erased.data["player"]).token, rebuilt(projection.REQUESTS)
    rows = await connection.fetch(f"select id from {requests} where player_token = $1", token)
    addresses = (whose(None, address) for address in erased.data.get("address_hashes", ()))
    streams = [erased.stream, *addresses, *(f"request:{row['id']}" for row in rows)]
    histories = (await log.load(connection, streams)).values()
    records = [known_of([each for each in history if each.position <= until]).record for history in histories]
    infractions = [infraction for record in records for infraction in record.infractions.values()]
    await filling.put(connection, infractions, rebuilt)
    await projection.put_requests(connection, filter(None, (record.request for record in records)), requests)


async def _applied(
    connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]
) -> tuple[frozenset[str], dict[str, Infraction]]:
    """Fetch what it changes, change it in memory, put it back; the infractions are left, with the ids of known ones.

    An infraction that is issued by these is not looked for: it is not there, but where an id was given twice.
    """
    events = [(event_of(logged, EVENT), logged.position) for logged in page]
    infractions = await _known(connection, projection.INFRACTIONS, Infraction, _begun_before(events))
    held = frozenset(infractions)
    credentials = await _known(
        connection,
        projection.CREDENTIALS,
        Credential,
        [event.credential_id for event, _ in events if isinstance(event, CredentialEvent)],
    )
    policies = await _known(
        connection,
        projection.TIERING_POLICIES,
        TieringPolicy,
        [event.tiering_policy_id for event, _ in events if isinstance(event, TieringEvent)],
    )
    admins = await _known(
        connection, projection.ADMINS, Admin, [event.token for event, _ in events if isinstance(event, AdminEvent)]
    )
    networks = await _known(
        connection,
        projection.NETWORKS,
        MarkedNetwork,
        [network_key(event.network) for event, _ in events if isinstance(event, NetworkEvent)],
    )
    accounts = await _known(
        connection,
        accounts_projection.ACCOUNTS,
        AccountEntry,
        [event.account_id for event, _ in events if isinstance(event, AccountEvent)],
    )
    appeals = await _known(
        connection,
        appeals_projection.APPEALS,
        Appeal,
        [event.appeal_id for event, _ in events if isinstance(event, AppealEvent)],
    )
    requests = await _known(
        connection,
        projection.REQUESTS,
        ReviewRequest,
        [event.request_id for event, _ in events if isinstance(event, RequestOpened | RequestEvent)],
    )
    for event, position in events:
        match event:
            case CredentialEvent():
                key = event.credential_id
                credentials[key] = evolve_credential(credentials.get(key), event, position)
            case InfractionEvent():
                key = event.infraction_id
                infractions[key] = evolve_infraction(infractions.get(key), event, position)
            case AdminEvent():
                admins[event.token] = evolve_admin(admins.get(event.token), event, position)
            case TieringEvent():
                key = event.tiering_policy_id
                policies[key] = evolve_tiering_policy(policies.get(key), event, position)
            case NetworkEvent():
                key = network_key(event.network)
                networks[key] = evolve_network(networks.get(key), event, position)
            case AccountEvent():
                accounts[event.account_id] = evolve_account(accounts.get(event.account_id), event, position)
            case AppealEvent():
                appeals[event.appeal_id] = evolve_appeal(appeals.get(event.appeal_id), event, position)
            case RequestOpened() | RequestEvent():
                key = event.request_id
                requests[key] = evolve_request(requests.get(key), event, position)
            case _:
                pass
    await projection.put_credentials(connection, credentials.values(), rebuilt(projection.CREDENTIALS))
    await projection.put_requests(connection, requests.values(), rebuilt(projection.REQUESTS))
    await projection.put_admins(connection, admins.values(), rebuilt(projection.ADMINS))
    await projection.put_tiering_policies(connection, policies.values(), rebuilt(projection.TIERING_POLICIES))
    await projection.put_networks(connection, networks.values(), rebuilt(projection.NETWORKS))
    await accounts_projection.put_accounts(connection, accounts.values(), rebuilt(accounts_projection.ACCOUNTS))
    await appeals_projection.put_appeals(connection, appeals.values(), rebuilt(appeals_projection.APPEALS))
    return held, infractions


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
    held, infractions = await _applied(connection, page)
    await filling.put(connection, [each for each in infractions.values() if each.id in held], _uncounted)
    new = [each for each in infractions.values() if each.id not in held]
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


async def _known(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, model: type[Document], ids: Sequence[str]
) -> dict[str, Document]:
    if not ids:
        return {}
    rows = await connection.fetch(f"select id, document from {rebuilt(table)} where id = any($1)", list({*ids}))
    return {row["id"]: model.model_validate(row["document"]) for row in rows}
