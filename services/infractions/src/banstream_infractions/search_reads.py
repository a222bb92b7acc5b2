"""Answers to staff's search, and counts of what was issued. Every answer sees one state of the database."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import asyncpg
import structlog
from cryptography.exceptions import InvalidTag

from banstream_contracts.infractions import Infraction
from banstream_contracts.players import address_token
from banstream_contracts.search_queries import (
    PERSONAL_OF_ADDRESS,
    GetInfractionStatistics,
    HourCount,
    InfractionStatistics,
    IssuedCount,
    SearchInfractions,
    SearchPage,
)
from banstream_event_log.log import Connection
from banstream_infractions.search_sql import MOST_FEW, Place, Selection
from banstream_infractions.wall_sql import Statement
from banstream_privacy.addresses import InvalidAddress, address_hash, canonical_address
from banstream_privacy.sharing import opened

logger = structlog.stdlib.get_logger(__name__)

_WHOLE_ID = re.compile(r"^[0-9a-f]{24}$")
_MOST_OF_ADDRESS = 500
_WEEK_DAYS, _MONTH_DAYS = 7, 30
_MOST_CATEGORIES = 20

_OF_ADDRESS = "select document from infractions where address_token = $1 order by id desc limit $2"
_TODAY = "select ($1::timestamptz at time zone $2)::date"
_ISSUED = """
    select count(*) filter (where is_ban and issued_at >= ($2::date)::timestamp at time zone $1) as today,
        count(*) filter (where is_ban and issued_at >= ($3::date)::timestamp at time zone $1) as week,
        count(*) filter (where is_ban) as month
    from infraction_search where issued_at >= ($4::date)::timestamp at time zone $1
"""
_CATEGORIES = """
    select category, count(*) as infractions from infraction_search
    where issued_at >= ($2::date)::timestamp at time zone $1
    group by category order by infractions desc, category limit $3
"""
_HOURS = """
    select extract(isodow from issued_at at time zone $1)::int - 1 as weekday,
        extract(hour from issued_at at time zone $1)::int as hour, count(*) as bans
    from infraction_search where is_ban and issued_at >= ($2::date)::timestamp at time zone $1
    group by weekday, hour order by weekday, hour
"""
_IN_FORCE = """
    select (select coalesce(sum(bans), 0) from wall_totals)
        - (select count(*) from wall_bans where ends_at <= $1)
"""
_REQUESTS = """
    select status, count(*) as times from review_requests
    where (document ->> 'opened_at')::timestamptz >= ($2::date)::timestamp at time zone $1 group by status
"""


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
            rows = await _rows(connection, wanted)
            if len(rows) > query.limit or not wanted.is_chosen:
                return _page(rows, query.limit)
            if await _value(connection, wanted.probe()) > MOST_FEW:
                return _page(rows, query.limit, behind=await _place(connection, wanted.end_of_window()))
            total = await _value(connection, wanted.few().count())
            return _page(await _rows(connection, wanted.few()), query.limit, total=total)

    async def statistics(self, query: GetInfractionStatistics) -> InfractionStatistics:
        """Counts of the last days of a time zone."""
        now, zone = datetime.now(UTC), query.time_zone
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            today: date = await connection.fetchval(_TODAY, now, zone)
            first, week, month = (today - timedelta(days=days - 1) for days in (query.days, _WEEK_DAYS, _MONTH_DAYS))
            issued = await connection.fetchrow(_ISSUED, zone, today, week, month)
            categories = await connection.fetch(_CATEGORIES, zone, first, _MOST_CATEGORIES)
            hours = await connection.fetch(_HOURS, zone, first)
            in_force = await connection.fetchval(_IN_FORCE, now)
            requests = await connection.fetch(_REQUESTS, zone, first)
        if issued is None:
            raise LookupError("a select of counts always has a row")
        return InfractionStatistics(
            today=issued["today"],
            week=issued["week"],
            month=issued["month"],
            in_force=max(0, int(in_force)),
            by_category=tuple(IssuedCount(**row) for row in categories),
            by_hour=tuple(HourCount(**row) for row in hours),
            requests={row["status"]: row["times"] for row in requests},
        )

    async def _of_id(self, infraction_id: str) -> SearchPage:
        document = await self._pool.fetchval("select document from infractions where id = $1", infraction_id)
        items = (Infraction.model_validate(document),) if document else ()
        return SearchPage(items=items, next=None, total=len(items))

    async def _of_address(self, query: SearchInfractions) -> SearchPage:
        """All of an address, without other filters; who asked is noted, the address is not."""
        token = self._address_token(query.sealed_address or "")
        asker = query.asked_by
        logger.info("address_searched", asked_by=asker.id if asker else None, is_readable=token is not None)
        if token is None:
            return SearchPage(items=(), next=None, unreadable=True)
        rows = await self._pool.fetch(_OF_ADDRESS, token, _MOST_OF_ADDRESS)
        items = tuple(Infraction.model_validate(row["document"]) for row in rows)
        return SearchPage(items=items, next=None, total=len(items))

    def _address_token(self, sealed: str) -> str | None:
        if self._keys.addresses is None:
            return None
        try:
            typed = opened(self._keys.consoles, PERSONAL_OF_ADDRESS, sealed)
            return address_token(address_hash(self._keys.addresses, canonical_address(typed)))
        except (InvalidTag, InvalidAddress, ValueError):
            return None


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


async def _value(connection: Connection, statement: Statement) -> int:
    return int(await connection.fetchval(statement[0], *statement[1]))


async def _place(connection: Connection, statement: Statement) -> Place | None:
    row = await connection.fetchrow(statement[0], *statement[1])
    return Place(row["issued_at"], row["id"]) if row else None
