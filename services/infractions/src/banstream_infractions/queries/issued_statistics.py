"""Counts of what was issued in the last days, as of one moment: from counters, and from no more than a day of rows."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import asyncpg

from banstream_contracts.queries.search import GetInfractionStatistics, HourCount, InfractionStatistics, IssuedCount
from banstream_infractions.queries.wall_sql import first_moment

WEEK_DAYS, MONTH_DAYS = 7, 30
_MOST_CATEGORIES = 20

TODAY = "select ($1::timestamptz at time zone $2)::date"
BEGIN = f"select {first_moment('$1', '$2')}"
"""The first moment of a time zone's day."""

HOURS = """
    select date_trunc('hour', begins_at at time zone $1) as hour, sum(bans)::bigint as bans
    from issued_quarters where begins_at >= $2 group by hour
"""
"""Time zone and first moment."""

CATEGORIES = """
    select category, sum(infractions)::bigint as infractions
    from (
        select nullif(category, '') as category, infractions from issued_days where day >= $2
        union all
        select category, count(*) from infraction_search
        where issued_at >= $1 and issued_at < ($2::date)::timestamp at time zone 'UTC' group by category
    ) as issued
    group by category order by infractions desc, category limit $3
"""
"""First moment, the first day of UTC that begins in or after it, and how many."""

IN_FORCE = """
    select (select coalesce(sum(bans), 0) from wall_totals)
        - (select count(*) from wall_bans where ends_at <= $1)
"""
REQUESTS = """
    select status, count(*) as times from review_requests
    where ((document ->> 'opened_at') collate "C") >= $1 group by status
"""
"""First second, as documents say it."""


async def statistics(pool: "asyncpg.Pool[asyncpg.Record]", query: GetInfractionStatistics) -> InfractionStatistics:
    """Counts of the last days of a time zone."""
    now, zone = datetime.now(UTC), query.time_zone
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        today: date = await connection.fetchval(TODAY, now, zone)
        first, week, month = (today - timedelta(days=days - 1) for days in (query.days, WEEK_DAYS, MONTH_DAYS))
        begin: datetime = await connection.fetchval(BEGIN, first, zone)
        hours_begin: datetime = await connection.fetchval(BEGIN, min(first, month), zone)
        hours = await connection.fetch(HOURS, zone, hours_begin)
        categories = await connection.fetch(CATEGORIES, begin, first_whole_day(begin), _MOST_CATEGORIES)
        in_force = await connection.fetchval(IN_FORCE, now)
        requests = await connection.fetch(REQUESTS, in_documents(begin))
    return InfractionStatistics(
        today=_since(hours, today),
        week=_since(hours, week),
        month=_since(hours, month),
        in_force=max(0, int(in_force)),
        by_category=tuple(IssuedCount(**row) for row in categories),
        by_hour=_by_hour(hours, first),
        requests={row["status"]: row["times"] for row in requests},
    )


def in_documents(moment: datetime) -> str:
    """Sorts before every time in that second or behind it: those go on with a fraction or with what says UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def first_whole_day(moment: datetime) -> date:
    """The first day of UTC that begins in or after a moment."""
    begun = moment.astimezone(UTC)
    return begun.date() if begun.time() == time.min else begun.date() + timedelta(days=1)


def _since(hours: Sequence[asyncpg.Record], day: date) -> int:
    return sum(row["bans"] for row in hours if row["hour"].date() >= day)


def _by_hour(hours: Sequence[asyncpg.Record], first: date) -> tuple[HourCount, ...]:
    counts: Counter[tuple[int, int]] = Counter()
    for row in hours:
        if row["hour"].date() >= first:
            counts[row["hour"].weekday(), row["hour"].hour] += row["bans"]
    return tuple(HourCount(weekday=day, hour=hour, bans=bans) for (day, hour), bans in sorted(counts.items()))
