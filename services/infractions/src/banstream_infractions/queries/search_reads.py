"""Answers to staff's search, and counts of what was issued. Every answer sees one state of the database."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import structlog
from cryptography.exceptions import InvalidTag

from banstream_contracts.infractions import Infraction
from banstream_contracts.players import address_token
from banstream_contracts.queries.search import (
    PERSONAL_OF_ADDRESS,
    GetInfractionStatistics,
    InfractionStatistics,
    SearchInfractions,
    SearchPage,
)
from banstream_event_log.connections import Connection
from banstream_infractions.queries import issued_statistics
from banstream_infractions.queries.frequencies import frequencies
from banstream_infractions.queries.search_sql import MOST_FEW, MOST_LISTED, Place, Selection
from banstream_infractions.queries.wall_sql import Statement
from banstream_privacy.addresses import InvalidAddress, address_hash, canonical_address
from banstream_privacy.key_ring import keys_of
from banstream_privacy.sharing import opened

logger = structlog.stdlib.get_logger(__name__)

_WHOLE_ID = re.compile(r"^[0-9a-f]{24}$")
_MOST_OF_ADDRESS = 500

_OF_ADDRESS = "select document from infractions where address_token = any($1) order by id desc limit $2"


@dataclass(frozen=True, slots=True)
class SearchKeys:
    """`consoles` opens what consoles seal; `addresses` hashes addresses, None where it is not set."""

    consoles: bytes = field(repr=False)
    addresses: bytes | None = field(default=None, repr=False)


class SearchReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", keys: SearchKeys) -> None:
        self._pool = pool
        self._keys = keys

    async def search(self, query: SearchInfractions) -> SearchPage:
        """A page, newest first."""
        if query.sealed_address is not None:
            return await self._of_address(query)
        if query.search and _WHOLE_ID.fullmatch(query.search):
            return await self._of_id(query.search)
        wanted = Selection(query, datetime.now(UTC))
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            if wanted.is_chosen:
                return await _chosen(connection, wanted)
            return _page(await _rows(connection, wanted), query.limit)

    async def statistics(self, query: GetInfractionStatistics) -> InfractionStatistics:
        """Counts of the last days of a time zone."""
        return await issued_statistics.statistics(self._pool, query)

    async def _of_id(self, infraction_id: str) -> SearchPage:
        document = await self._pool.fetchval("select document from infractions where id = $1", infraction_id)
        items = (Infraction.model_validate(document),) if document else ()
        return SearchPage(items=items, next=None, total=len(items))

    async def _of_address(self, query: SearchInfractions) -> SearchPage:
        """All of an address, without other filters; who asked is noted, the address is not."""
        tokens = self._address_tokens(query.sealed_address or "")
        asker = query.asked_by
        logger.info("address_searched", asked_by=asker.id if asker else None, is_readable=bool(tokens))
        if not tokens:
            return SearchPage(items=(), next=None, unreadable=True)
        rows = await self._pool.fetch(_OF_ADDRESS, tokens, _MOST_OF_ADDRESS + 1)
        items = tuple(Infraction.model_validate(row["document"]) for row in rows[:_MOST_OF_ADDRESS])
        total = len(items) if len(rows) == len(items) else None
        return SearchPage(items=items, next=None, total=total, address_hash=_hash_to_use(items, tokens[0]))

    def _address_tokens(self, sealed: str) -> list[str]:
        if self._keys.addresses is None:
            return []
        try:
            typed = canonical_address(opened(self._keys.consoles, PERSONAL_OF_ADDRESS, sealed))
        except (InvalidTag, InvalidAddress, ValueError):
            return []
        return [address_token(address_hash(key, typed)) for key in keys_of(self._keys.addresses)]


def _hash_to_use(items: tuple[Infraction, ...], token: str) -> str:
    """What to know an address by: the first key's hash, unless it is restricted under another one's (ADR 0024)."""
    now = datetime.now(UTC)
    held = (
        each.address_hash for each in items if each.punishments and each.is_in_force(now) and each.holds_address(now)
    )
    return next(filter(None, held), token.partition("=")[2])


async def _chosen(connection: Connection, wanted: Selection) -> SearchPage:
    """By the marks where one of them is rare, else along the time, else by the marks where that does not cost much."""
    query = wanted.query
    times = await frequencies(connection, [*wanted.filters, *wanted.grams])
    keys, listed = wanted.keys(times), min(times.values(), default=MOST_LISTED + 1)
    if listed <= MOST_FEW and (page := await _few(connection, wanted, keys)):
        return page
    rows = await _rows(connection, wanted)
    if len(rows) > query.limit:
        return _page(rows, query.limit)
    end = await _place(connection, wanted.end_of_window())
    if end is None:
        return _page(rows, query.limit, total=None if query.cursor else len(rows))
    if MOST_FEW < listed <= MOST_LISTED and (page := await _few(connection, wanted, keys)):
        return page
    return _page(rows, query.limit, behind=end)


async def _few(connection: Connection, wanted: Selection, keys: list[str]) -> SearchPage | None:
    """A page by the marks; None where more than few rows have them all."""
    limit = wanted.query.limit
    statement, values = wanted.few(keys, limit + 1)
    rows = await connection.fetch(statement, *values)
    if rows[0]["held"] > MOST_FEW:
        return None
    return _page([row for row in rows if row["id"]], limit, total=rows[0]["wanted"])


async def _rows(connection: Connection, wanted: Selection) -> list[asyncpg.Record]:
    statement, values = wanted.page(wanted.query.limit + 1)
    return await connection.fetch(statement, *values)


def _page(
    rows: list[asyncpg.Record], limit: int, *, behind: Place | None = None, total: int | None = None
) -> SearchPage:
    """The next page begins behind the last row that is shown, or else `behind` what was looked at."""
    shown = rows[:limit]
    last = Place(shown[-1]["issued_at"], shown[-1]["id"]) if len(rows) > limit else behind
    return SearchPage(
        items=tuple(Infraction.model_validate(row["document"]) for row in shown),
        next=last.cursor if last else None,
        total=total,
    )


async def _place(connection: Connection, statement: Statement) -> Place | None:
    row = await connection.fetchrow(statement[0], *statement[1])
    return Place(row["issued_at"], row["id"]) if row else None
