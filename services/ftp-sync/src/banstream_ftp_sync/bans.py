"""The bans in force, as infractions tells them: what is kept of each, and the table that they are in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from banstream_contracts.infractions import Contract, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.ban_files import FoundBan
from banstream_contracts.text import ShortId
from banstream_event_log.connections import Connection

_PUT = """
    insert into bans (infraction_id, position, document)
    select * from unnest($1::text[], $2::bigint[], $3::jsonb[])
    on conflict (infraction_id) do update set position = excluded.position, document = excluded.document
    where bans.position <> excluded.position
        or (bans.document -> 'address_expires_at') is distinct from (excluded.document -> 'address_expires_at')
        or (bans.document -> 'sealed_address' is null) <> (excluded.document -> 'sealed_address' is null)
        or ($4 and bans.document -> 'sealed_address' <> excluded.document -> 'sealed_address')
"""


class Ban(Contract):
    """One ban in force; the address is sealed for ftp-sync, and banned until `address_expires_at` at most."""

    infraction_id: ShortId
    position: int
    player: Player | None = None
    sealed_address: str | None = None
    address_expires_at: AwareDatetime | None = None
    player_name: str | None = None
    reason: str
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    scope: Scope
    server_id: ShortId | None = None
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A whole load: every ban in force, every protected player, and where infractions' log ended.

    The addresses of those that are `unreadable` are not known; so in an update. `resealed` puts the others in place of
    those that are held, as these are sealed for another key.
    """

    bans: Sequence[Ban]
    protected: Sequence[Player]
    position: int
    unreadable: Collection[str] = ()
    resealed: bool = False


def ban_of(found: FoundBan, now: datetime) -> Ban | None:
    """What is kept of an infraction; None of one that bans nobody now."""
    told = found.infraction
    if Punishment.BAN not in told.punishments or not told.is_in_force(now):
        return None
    return Ban(
        infraction_id=told.id,
        position=told.position,
        player=told.player,
        sealed_address=found.sealed_address,
        address_expires_at=told.address_expires_at,
        player_name=told.player_name,
        reason=told.reason,
        issued_at=told.issued_at,
        expires_at=told.expires_at,
        scope=told.scope,
        server_id=told.server_id,
        is_automatic=told.issuer.kind == "system",
    )


async def put(
    connection: Connection, bans: Sequence[Ban], unreadable: Collection[str] = (), *, resealed: bool = False
) -> int:
    """Insert or replace; how many rows that changed. Unless `resealed`, a row stays where only its sealing is new.

    Of bans that are `unreadable` the address is kept that was known before: a ban never has another one.
    """
    if unreadable:
        bans = await _with_known_addresses(connection, bans, unreadable)
    done = await connection.execute(
        _PUT,
        [each.infraction_id for each in bans],
        [each.position for each in bans],
        [each.model_dump(mode="json", exclude_none=True) for each in bans],
        resealed,
    )
    return _count(done)


async def drop(connection: Connection, infraction_ids: Collection[str]) -> int:
    """Of bans that are over."""
    return _count(await connection.execute("delete from bans where infraction_id = any($1)", list(infraction_ids)))


async def drop_all_but(connection: Connection, infraction_ids: Collection[str]) -> int:
    """Only for a list that is whole."""
    return _count(await connection.execute("delete from bans where not infraction_id = any($1)", list(infraction_ids)))


async def every(connection: Connection) -> list[Ban]:
    """All of them."""
    rows = await connection.fetch("select document from bans order by infraction_id")
    return [Ban.model_validate(row["document"]) for row in rows]


async def set_protected(connection: Connection, players: Iterable[Player]) -> int:
    """The whole list; how many came or went."""
    tokens = [player.token for player in players]
    gone = await connection.execute("delete from protected_players where not player_token = any($1)", tokens)
    come = await connection.execute(
        "insert into protected_players select unnest($1::text[]) on conflict do nothing", tokens
    )
    return _count(gone) + _count(come)


async def protected(connection: Connection) -> frozenset[str]:
    """Tokens of protected players."""
    return frozenset(
        row["player_token"] for row in await connection.fetch("select player_token from protected_players")
    )


async def furthest(connection: Connection) -> int:
    """The furthest position of infractions' log that was seen."""
    return int(await connection.fetchval("select coalesce(max(position), 0) from following"))


async def reach(connection: Connection, position: int, loaded_at: datetime | None) -> None:
    """Infractions' log was seen up to there; `loaded_at` when it was a whole load."""
    await connection.execute(
        "insert into following (position, loaded_at) values ($1, $2) on conflict (only_one) do update"
        " set position = greatest(following.position, $1), loaded_at = coalesce($2, following.loaded_at)",
        position,
        loaded_at,
    )


async def loaded_at(connection: Connection) -> datetime | None:
    """When the bans were loaded as a whole for the last time; None: never."""
    found: datetime | None = await connection.fetchval("select loaded_at from following")
    return found


async def _with_known_addresses(connection: Connection, bans: Sequence[Ban], unreadable: Collection[str]) -> list[Ban]:
    rows = await connection.fetch(
        "select infraction_id, document ->> 'sealed_address' as sealed from bans where infraction_id = any($1)",
        list(unreadable),
    )
    known = {row["infraction_id"]: row["sealed"] for row in rows}
    return [
        ban.model_copy(update={"sealed_address": known[ban.infraction_id]}) if ban.infraction_id in known else ban
        for ban in bans
    ]


def _count(tag: Any) -> int:  # noqa: ANN401 - asyncpg's status line
    return int(str(tag).rpartition(" ")[2])
