"""Where a time zone's day begins: also where clocks are put to midnight, or past it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from services.infractions.tests.test_issued import put
from services.infractions.tests.test_wall import ban

from banstream_infractions.queries.issued_statistics import BEGIN
from banstream_infractions.queries.wall_sql import BY_DAY, HIDDEN_BY_DAY

ZONES = (
    "UTC",
    "Africa/Cairo",
    "America/Havana",
    "America/Nuuk",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
)
AZORES, TWICE = "Atlantic/Azores", date(2024, 10, 27)
"""The day on which it is midnight there at 0:00 UTC and again at 1:00."""


@pytest.mark.parametrize("name", ZONES)
async def test_a_day_begins_with_its_first_moment(pool: "asyncpg.Pool[asyncpg.Record]", name: str) -> None:
    zone, quarter = ZoneInfo(name), timedelta(minutes=15)
    begun: dict[date, datetime] = {}
    moment = datetime(2023, 12, 31, tzinfo=UTC)
    while moment.year < 2025:
        begun.setdefault(moment.astimezone(zone).date(), moment)
        moment += quarter
    days = [day for day in begun if day.year == 2024]
    async with pool.acquire() as connection:
        found = {day: await connection.fetchval(BEGIN, day, name) for day in days}
    assert found == {day: begun[day] for day in days}


async def test_the_wall_counts_an_hour_that_comes_twice_both_times(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    midnight = datetime(2024, 10, 27, tzinfo=UTC)
    moments = [midnight + timedelta(minutes=minutes) for minutes in (-1, 0, 59, 60, 24 * 60)]
    await put(pool, *(ban(number, issued_at=at) for number, at in enumerate(moments)))
    counted = await pool.fetch(BY_DAY, AZORES, TWICE)
    hidden = await pool.fetch(HIDDEN_BY_DAY, AZORES, TWICE, midnight, midnight - timedelta(days=1))
    for rows in (counted, hidden):
        assert {row["day"]: row["bans"] for row in rows} == {TWICE: 4}
