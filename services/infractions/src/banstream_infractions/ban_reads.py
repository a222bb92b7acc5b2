"""Bans as ftp-sync needs them: with the address that each bans, sealed for ftp-sync and for nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from banstream_contracts.ban_file_queries import BansFound, FindBans, FoundBan
from banstream_contracts.infractions import Infraction
from banstream_decider.paging import Condition, page
from banstream_event_log import log
from banstream_event_log.log import Connection
from banstream_privacy.transit import seal
from banstream_privacy.vault import unlock, unwrap

_IN_FORCE = (
    "status = 'active' and not is_warning and jsonb_exists(document -> 'punishments', 'ban')"
    " and (lifetime = 'permanent' or (lifetime = 'timed' and expires_at > now())"
    " or (lifetime = 'online' and coalesce((document ->> 'time_left_seconds')::bigint, 0) > 0))"
)
_LOCKED = """
    select stream, data ->> 'infraction_id' as infraction_id, data ->> 'sealed_address' as locked
    from event_log where stream = any($1) and type = 'infraction.issued' and data ->> 'sealed_address' is not null
        and position > coalesce((select erased_until from erasable_keys where person = stream), 0)
"""


class NoSealingKey(Exception):
    """BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY is not set: without addresses the answer would not be whole."""


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """What opens addresses, and what they are sealed with again."""

    master: bytes
    ftp_sync_public: bytes | None = None


class BanReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", keys: AddressKeys | None) -> None:
        self._pool = pool
        self._keys = keys

    async def bans(self, query: FindBans) -> BansFound:
        """Infractions by id, or a page of all bans in force; the cursor is the last id. Raises NoSealingKey.

        Everything is read at one moment, the end of the log too.
        """
        if self._keys is None or self._keys.ftp_sync_public is None:
            raise NoSealingKey
        public = self._keys.ftp_sync_public
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            position = await log.head(connection)
            rows, following = await self._rows(connection, query)
            addresses = await self._addresses(connection, rows, self._keys.master)
        items = tuple(
            FoundBan(
                infraction=Infraction.model_validate(row["document"]),
                sealed_address=seal(public, addresses[row["id"]]) if row["id"] in addresses else None,
            )
            for row in rows
        )
        return BansFound(items=items, position=position, next=following)

    async def _rows(self, connection: Connection, query: FindBans) -> tuple[Sequence[asyncpg.Record], str | None]:
        select = "select id, stream, document from infractions"
        if query.infraction_ids is not None:
            return await connection.fetch(f"{select} where id = any($1)", list(query.infraction_ids)), None
        conditions: list[Condition] = [(_IN_FORCE, None), ("id > ?", query.cursor or "")]
        rows = await page(connection, select, conditions, "id", query.limit)
        shown = rows[: query.limit]
        return shown, shown[-1]["id"] if len(rows) > query.limit else None

    async def _addresses(self, connection: Connection, rows: Sequence[asyncpg.Record], master: bytes) -> dict[str, str]:
        """In clear, by infraction; none of a person whose key was deleted."""
        streams = {row["stream"] for row in rows if row["document"].get("address_hash")}
        if not streams:
            return {}
        found = await connection.fetch("select person, wrapped from person_keys where person = any($1)", list(streams))
        keys = {row["person"]: unwrap(master, row["person"], row["wrapped"]) for row in found}
        locked = await connection.fetch(_LOCKED, list(streams))
        return {
            row["infraction_id"]: unlock(keys[row["stream"]], row["stream"], row["locked"])
            for row in locked
            if row["stream"] in keys
        }
