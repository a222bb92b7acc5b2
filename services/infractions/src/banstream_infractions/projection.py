"""Read models: who is restricted, which infractions there are, which credentials hold."""

from collections.abc import Iterable, Sequence

from orjson import Fragment

from banstream_contracts.admins import Admin
from banstream_contracts.infractions import Credential, Infraction, Standing
from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.players import address_token
from banstream_contracts.queries import ReviewRequest
from banstream_contracts.tiering import TieringPolicy
from banstream_event_log.log import Connection
from banstream_event_log.statements import Statement, write
from banstream_infractions.copying import copy
from banstream_infractions.infraction_states import standing_of
from banstream_infractions.standing_documents import Document

INFRACTIONS = "infractions"
CREDENTIALS = "credentials"
REQUESTS = "review_requests"
ADMINS = "admins"
TIERING_POLICIES = "tiering_policies"
NETWORKS = "networks"

_COLUMNS = (
    *("id", "stream", "player_token", "address_token", "status", "lifetime", "is_warning", "expires_at"),
    *("category", "server_id", "position", "document"),
)

_PUT_INFRACTIONS = f"""
    infractions_put as (
        insert into {{}} ({", ".join(_COLUMNS)})
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
            $8::timestamptz[], $9::text[], $10::text[], $11::bigint[], $12::jsonb[])
        on conflict (id) do update set status = excluded.status, lifetime = excluded.lifetime,
            is_warning = excluded.is_warning, expires_at = excluded.expires_at, category = excluded.category,
            server_id = excluded.server_id, position = excluded.position, document = excluded.document
    )
"""

_RESTRICTING = """
    select last.position, player_token, address_token, document
    from (select coalesce(max(position), 0) as position from event_log) as last left join (
        select player_token, address_token, document from infractions
        where status = 'active' and not is_warning and player_token = any($1)
        union select player_token, address_token, document from infractions
        where status = 'active' and not is_warning and address_token = any($1)
    ) as held on true
"""


async def put_infractions(connection: Connection, infractions: Iterable[Infraction], table: str = INFRACTIONS) -> None:
    """Insert or replace; `table` is another one while the read models are being rebuilt."""
    await write(connection, putting_infractions(infractions, table))


def putting_infractions(infractions: Iterable[Infraction], table: str = INFRACTIONS) -> list[Statement]:
    """The same, to be written together with other things."""
    rows = [(*_values(infraction), Fragment(_document(infraction))) for infraction in infractions]
    return [Statement(_PUT_INFRACTIONS.format(table), tuple(zip(*rows, strict=True)))] if rows else []


async def fill_infractions(connection: Connection, infractions: Sequence[Infraction], table: str) -> None:
    """Insert infractions that have no row yet, which COPY does at a fraction of the cost."""
    await copy(connection, [(*_values(each), _document(each)) for each in infractions], _COLUMNS, table)


async def put_credentials(connection: Connection, credentials: Iterable[Credential], table: str = CREDENTIALS) -> None:
    """Insert or replace."""
    rows = [
        (each.id, each.kind, each.position, each.model_dump(mode="json", exclude_none=True)) for each in credentials
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, kind, position, document)"
        " select * from unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[])"
        " on conflict (id) do update set position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def put_requests(connection: Connection, requests: Iterable[ReviewRequest], table: str = REQUESTS) -> None:
    """Insert or replace."""
    rows = [
        (
            each.id,
            each.player.token,
            each.status,
            each.assignee,
            each.position,
            each.model_dump(mode="json", exclude_none=True),
        )
        for each in requests
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, player_token, status, assignee, position, document)"
        " select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[])"
        " on conflict (id) do update set status = excluded.status, assignee = excluded.assignee,"
        " position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def put_admins(connection: Connection, admins: Iterable[Admin], table: str = ADMINS) -> None:
    """Insert or replace; `id` is the player's token."""
    rows = [
        (
            each.player.token,
            each.removed_at is not None,
            each.name,
            each.position,
            each.model_dump(mode="json", exclude_none=True),
        )
        for each in admins
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, is_removed, name, position, document)"
        " select * from unnest($1::text[], $2::boolean[], $3::text[], $4::bigint[], $5::jsonb[])"
        " on conflict (id) do update set is_removed = excluded.is_removed, name = excluded.name,"
        " position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def put_tiering_policies(
    connection: Connection, policies: Iterable[TieringPolicy], table: str = TIERING_POLICIES
) -> None:
    """Insert or replace."""
    rows = [
        (
            each.id,
            each.server_id,
            each.unlinked_at is not None,
            each.terms.name,
            each.position,
            each.model_dump(mode="json", exclude_none=True),
        )
        for each in policies
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, server_id, is_unlinked, name, position, document)"
        " select * from unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::bigint[], $6::jsonb[])"
        " on conflict (id) do update set is_unlinked = excluded.is_unlinked, name = excluded.name,"
        " position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def put_networks(connection: Connection, networks: Iterable[MarkedNetwork], table: str = NETWORKS) -> None:
    """Insert or replace; `id` is the KV key."""
    rows = [
        (
            each.key,
            each.kind.value,
            each.unmarked_at is not None,
            f"{each.network} {each.owner or ''}".lower(),
            each.position,
            each.model_dump(mode="json", exclude_none=True),
        )
        for each in networks
    ]
    if not rows:
        return
    await connection.execute(
        f"insert into {table} (id, kind, is_unmarked, searched, position, document)"
        " select * from unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::bigint[], $6::jsonb[])"
        " on conflict (id) do update set kind = excluded.kind, is_unmarked = excluded.is_unmarked,"
        " searched = excluded.searched, position = excluded.position, document = excluded.document",
        *zip(*rows, strict=True),
    )


async def standings(connection: Connection, keys: Sequence[str]) -> dict[str, Standing]:
    """What restricts each player or address (by KV key), as of the last position; every key is in the answer."""
    position, found = await restricting(connection, keys)
    return {key: standing_of(position, map(Infraction.model_validate, documents)) for key, documents in found.items()}


async def restricting(connection: Connection, keys: Sequence[str]) -> tuple[int, dict[str, list[Document]]]:
    """The infractions of each player or address (by KV key) that may restrict them, as they are kept.

    With the last position, in one statement: it is exact, as one sees one state of the database.
    """
    found: dict[str, list[Document]] = {key: [] for key in keys}
    rows = await connection.fetch(_RESTRICTING, keys)
    for _, *tokens, document in rows:
        for key in tokens:
            if key in found:
                found[key].append(document)
    return rows[0]["position"], found


def _document(infraction: Infraction) -> str:
    return infraction.model_dump_json(exclude_none=True)


def _values(infraction: Infraction) -> tuple[object, ...]:
    """Of all columns but the document."""
    return (
        infraction.id,
        f"player:{infraction.player}" if infraction.player else f"address:{infraction.address_hash}",
        infraction.player.token if infraction.player else None,
        address_token(infraction.address_hash) if infraction.address_hash else None,
        infraction.status.value,
        infraction.lifetime.value,
        not infraction.punishments,
        infraction.expires_at,
        infraction.category,
        infraction.server_id,
        infraction.position,
    )
