"""Bans as ftp-sync needs them: with the address that each bans, sealed for ftp-sync and for nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from banstream_contracts.infractions import Infraction
from banstream_contracts.queries.ban_files import BansFound, FindBans, FoundBan
from banstream_decider.paging import Condition, page
from banstream_event_log import log
from banstream_event_log.connections import Connection
from banstream_event_log.erasure import NOT_OPENED
from banstream_infractions.domain.restricting import IN_FORCE
from banstream_infractions.personal import NOTHING, Found, check_master_key, found
from banstream_privacy.transit import seal

logger = structlog.stdlib.get_logger(__name__)

_BANS_IN_FORCE = f"not is_warning and jsonb_exists(document -> 'punishments', 'ban') and {IN_FORCE}"


class AddressesNotOpened(Exception):
    """The key of a person does not open, and who asks would take their address for one that is banned no more."""


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
        """Infractions by id, or a page of all bans in force; the cursor is the last id.

        Everything is read at one moment, the end of the log too. Raises NoSealingKey, MasterKeyUnfit, and
        AddressesNotOpened where nothing may be missing.
        """
        if self._keys is None or self._keys.ftp_sync_public is None:
            raise NoSealingKey
        public = self._keys.ftp_sync_public
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            position = await log.head(connection)
            rows, following = await self._rows(connection, query)
            personal = await self._personal(connection, rows, self._keys.master)
        unreadable = tuple(
            row["id"] for row in rows if row["id"] in personal.unreadable and row["document"].get("address_hash")
        )
        if unreadable:
            NOT_OPENED.labels("person").inc(len(unreadable))
            logger.error("person_keys_not_opened", count=len(unreadable))
            if not query.keeps_unreadable:
                raise AddressesNotOpened
        items = tuple(
            FoundBan(
                infraction=Infraction.model_validate(row["document"]),
                sealed_address=_sealed(public, personal, row["id"]),
            )
            for row in rows
        )
        return BansFound(items=items, position=position, next=following, unreadable=unreadable)

    async def _rows(self, connection: Connection, query: FindBans) -> tuple[Sequence[asyncpg.Record], str | None]:
        select = "select id, stream, document from infractions"
        if query.infraction_ids is not None:
            return await connection.fetch(f"{select} where id = any($1)", list(query.infraction_ids)), None
        conditions: list[Condition] = [(_BANS_IN_FORCE, None), ("id > ?", query.cursor or "")]
        rows = await page(connection, select, conditions, "id", query.limit)
        shown = rows[: query.limit]
        return shown, shown[-1]["id"] if len(rows) > query.limit else None

    async def _personal(self, connection: Connection, rows: Sequence[asyncpg.Record], master: bytes) -> Found:
        """Of those with an address. Raises MasterKeyUnfit: another process may have the key that opens them."""
        personal = await found(
            connection, master, {row["stream"] for row in rows if row["document"].get("address_hash")}
        )
        if personal.unreadable:
            await check_master_key(connection, master)
        return personal


def _sealed(public: bytes, personal: Found, infraction_id: str) -> str | None:
    address = personal.opened.get(infraction_id, NOTHING).address
    return None if address is None else seal(public, address)
