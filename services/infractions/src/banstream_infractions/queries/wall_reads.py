"""Answers about the wall: a page, and counts. Every answer sees one state of the database.

Totals come from counters, less what they still hold and nobody may see: bans past their end, and bans that are too
young to be shown. A search or a span of time has no counter: there up to `MOST_COUNTED` rows are counted.
"""

from collections import Counter
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import asyncpg

from banstream_contracts.infractions import Infraction, Severity
from banstream_contracts.queries.wall import (
    DayCount,
    GetWallStatistics,
    ListWall,
    TypeCount,
    WallBan,
    WallPage,
    WallStatistics,
)
from banstream_event_log.connections import Connection
from banstream_infractions.queries import wall_sql as sql
from banstream_infractions.queries.frequencies import frequencies
from banstream_infractions.queries.wall_sql import MOST_COUNTED, MOST_FEW, Place, Selection


class WallReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def page(self, query: ListWall) -> WallPage:
        """A page, newest first."""
        wanted = Selection(query, datetime.now(UTC))
        async with self._pool.acquire() as connection, _one_state(connection):
            if wanted.text:
                wanted = await _by_its_keys(connection, wanted)
            is_common = bool(wanted.text) and not wanted.keys
            end = await _place(connection, wanted.end_of_window()) if is_common else None
            statement, values = wanted.page(query.limit + 1, end)
            rows = await connection.fetch(statement, *values)
            total = None if is_common else await _total(connection, wanted)
        items = tuple(_ban(row["document"]) for row in rows[: query.limit])
        following = _following(rows, query.limit, end)
        if total is None:
            is_whole = following is None and query.cursor is None
            return WallPage(items=items, next=following, total=len(items), is_total_exact=is_whole)
        return WallPage(
            items=items,
            next=following,
            total=min(total, MOST_COUNTED) if _is_counted(wanted) else total,
            is_total_exact=not _is_counted(wanted) or total <= MOST_COUNTED,
        )

    async def statistics(self, query: GetWallStatistics) -> WallStatistics:
        """Counts by type, and by day of the time zone."""
        now = datetime.now(UTC)
        shown_until = query.shown_until and sql.in_calendar(query.shown_until)
        async with self._pool.acquire() as connection, _one_state(connection):
            today: date = await connection.fetchval(sql.TODAY, now, query.time_zone)
            first = today - timedelta(days=query.days - 1)
            types = await _types(connection, now, shown_until)
            days = await _days(connection, sql.BY_DAY, query.time_zone, first)
            days.subtract(await _days(connection, sql.HIDDEN_BY_DAY, query.time_zone, first, now, shown_until))
        return WallStatistics(
            total=types.total(),
            by_type=tuple(_type_count(*key, bans) for key, bans in types.most_common()),
            by_day=tuple(
                DayCount(day=day, bans=days[day])
                for day in (first + timedelta(days=number) for number in range(query.days))
            ),
        )


async def _by_its_keys(connection: Connection, wanted: Selection) -> Selection:
    """With the keys that a search is best read by, where few rows have them; not counted where all are common."""
    times = await frequencies(connection, wanted.grams)
    keyed = replace(wanted, keys=tuple(wanted.rare(times)))
    return keyed if keyed.keys and await _value(connection, keyed.probe()) <= MOST_FEW else wanted


def _one_state(connection: Connection) -> AbstractAsyncContextManager[object]:
    transaction: AbstractAsyncContextManager[object] = connection.transaction(
        isolation="repeatable_read", readonly=True
    )
    return transaction


def _is_counted(wanted: Selection) -> bool:
    """Whether rows are counted, for want of a counter."""
    return bool(wanted.text or wanted.query.since or wanted.query.until)


async def _total(connection: Connection, wanted: Selection) -> int:
    query = wanted.query
    if _is_counted(wanted):
        return await _value(connection, wanted.count())
    shown_until = query.shown_until and sql.in_calendar(query.shown_until)
    types = await _types(connection, wanted.now, shown_until)
    return sum(
        bans
        for (category, severity), bans in types.items()
        if query.category in {None, category} and query.severity in {None, severity}
    )


async def _types(connection: Connection, now: datetime, shown_until: datetime | None) -> Counter[tuple[str, str]]:
    """How many may be seen of each category and severity; all are positive."""
    held = Counter({(row["category"], row["severity"]): row["bans"] for row in await connection.fetch(sql.TOTALS)})
    for row in await connection.fetch(sql.HIDDEN, now, shown_until):
        held[row["category"], row["severity"]] -= row["bans"]
    return +held


async def _days(connection: Connection, statement: str, *values: object) -> Counter[date]:
    return Counter({row["day"]: int(row["bans"]) for row in await connection.fetch(statement, *values)})


async def _value(connection: Connection, statement: sql.Statement) -> int:
    return int(await connection.fetchval(statement[0], *statement[1]))


async def _place(connection: Connection, statement: sql.Statement) -> Place | None:
    row = await connection.fetchrow(statement[0], *statement[1])
    return Place(row["issued_at"], row["place"]) if row else None


def _following(rows: list[asyncpg.Record], limit: int, end: Place | None) -> str | None:
    """Behind the last row that is shown; or, where the window held no more, behind the window."""
    if len(rows) > limit:
        last = rows[limit - 1]
        return Place(last["issued_at"], last["place"]).cursor
    return end.cursor if end else None


def _type_count(category: str, severity: str, bans: int) -> TypeCount:
    return TypeCount(category=category or None, severity=Severity(severity) if severity else None, bans=bans)


def _ban(document: object) -> WallBan:
    infraction = Infraction.model_validate(document)
    return WallBan(
        infraction_id=infraction.id,
        player=infraction.player,
        player_name=infraction.player_name,
        category=infraction.category,
        severity=infraction.severity,
        reason=infraction.reason,
        lifetime=infraction.lifetime,
        issued_at=infraction.issued_at,
        expires_at=infraction.expires_at,
        server_id=infraction.server_id,
    )
