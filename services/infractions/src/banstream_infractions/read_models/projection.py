"""The read model of infractions: which there are, and who is restricted by them."""

from collections.abc import Iterable, Sequence

from orjson import Fragment

from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.players import address_token
from banstream_event_log.connections import Connection
from banstream_event_log.statements import Statement, write
from banstream_infractions.domain.concerns import whose
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.domain.restricting import RESTRICTING
from banstream_infractions.read_models.copying import copy
from banstream_infractions.read_models.standing_documents import Document, at_address

INFRACTIONS = "infractions"

_COLUMNS = (
    *("id", "stream", "player_token", "address_token", "status", "lifetime", "is_warning", "expires_at"),
    *("category", "server_id", "position", "document"),
)

_PUT_INFRACTIONS = f"""
    infractions_put as (
        insert into {{}} ({", ".join(_COLUMNS)})
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
            $8::timestamptz[], $9::text[], $10::text[], $11::bigint[], $12::jsonb[])
        on conflict (id) do update set address_token = excluded.address_token, status = excluded.status,
            lifetime = excluded.lifetime, is_warning = excluded.is_warning, expires_at = excluded.expires_at,
            category = excluded.category, server_id = excluded.server_id, position = excluded.position,
            document = excluded.document
    )
"""

_OF_KEYS = " union ".join(
    f"select player_token, address_token, document from infractions where {restricting} and {token} = any($1)"
    for restricting in RESTRICTING
    for token in ("player_token", "address_token")
)
_RESTRICTING = f"""
    select last.position, player_token, address_token, document
    from (select coalesce(max(position), 0) as position from event_log) as last left join ({_OF_KEYS}) as held on true
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


async def standings(connection: Connection, keys: Sequence[str]) -> dict[str, Standing]:
    """What restricts each player or address (by KV key), as of the last position; every key is in the answer."""
    position, found = await restricting(connection, keys)
    return {key: standing_of(position, map(Infraction.model_validate, documents)) for key, documents in found.items()}


async def restricting(connection: Connection, keys: Sequence[str]) -> tuple[int, dict[str, list[Document]]]:
    """The infractions that restrict each player (by KV key), as they are kept, or each address, as they bind it.

    With the last position, in one statement: it is exact, as one sees one state of the database.
    """
    found: dict[str, list[Document]] = {key: [] for key in keys}
    rows = await connection.fetch(_RESTRICTING, keys)
    for _, player, address, document in rows:
        if player in found:
            found[player].append(document)
        if address in found:
            found[address].append(at_address(document))
    return rows[0]["position"], found


def _document(infraction: Infraction) -> str:
    return infraction.model_dump_json(exclude_none=True)


def _values(infraction: Infraction) -> tuple[object, ...]:
    """Of all columns but the document."""
    return (
        infraction.id,
        whose(infraction.player, infraction.address_hash),
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
