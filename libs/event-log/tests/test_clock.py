"""Where the clock was set back is noted with what is appended, and so it is of a log that an older release wrote."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from banstream_event_log.clock import first_position, last_position
from banstream_event_log.schema import migrations_in
from banstream_event_log.writing import LogWriter, VersionConflict
from banstream_testing.event_logs import NOW, appended, connected, event
from banstream_testing.fixtures import Database

HOUR = timedelta(hours=1)
JUST_MORE = timedelta(microseconds=1)
MINUTES = (0, 1, 500, 440, 500, 2, 3, 100, 40, 39)
"""When events are recorded; from 500 to 440 is an hour."""
NOTED = [(6, 500, 2)]

MIGRATION = next(each for each in migrations_in("banstream_event_log") if each.name == "0004_clock_set_back")


def minute(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


async def noted(connection: "asyncpg.Connection[asyncpg.Record]") -> list[tuple[int, int, int]]:
    """Positions, and the minutes before and behind them."""
    rows = await connection.fetch("select * from clock_set_back order by position")
    return [
        (row["position"], *((row[each] - NOW) // timedelta(minutes=1) for each in ("before", "after"))) for row in rows
    ]


async def test_what_is_more_than_an_hour_is_noted_once(database: Database) -> None:
    async with connected(database.service_url) as connection:
        for version, at in enumerate(MINUTES, 1):
            await appended(connection, event(version=version), at=minute(at))
        assert await noted(connection) == NOTED
        await appended(connection, event(version=11), event(version=12), at=minute(39) - HOUR - JUST_MORE)
        await appended(connection, event(version=13), at=minute(39) - HOUR)
        assert await noted(connection) == [*NOTED, (11, 39, -22)]


async def test_it_is_noted_between_two_appends_of_a_transaction_and_with_very_many_events(database: Database) -> None:
    async with connected(database.service_url) as connection:
        writer = LogWriter(connection)
        async with writer.transaction():
            await writer.append([event(version=1)], minute(500))
            await writer.append([event("player:roblox:2", version) for version in range(1, 1101)], minute(0))
            await writer.append([event(version=2)], minute(-100))
        assert await noted(connection) == [(2, 500, 0), (1102, 0, -100)]


async def test_what_was_not_appended_is_not_noted(database: Database) -> None:
    async with connected(database.service_url) as connection:
        await appended(connection, event(), at=minute(500))
        with pytest.raises(VersionConflict):
            await appended(connection, event(version=2), event(version=2), at=minute(0))
        assert await noted(connection) == []


async def test_the_log_of_an_older_release_is_looked_through(database: Database) -> None:
    async with connected(database.admin_url) as connection:
        for version, at in enumerate(MINUTES, 1):
            await appended(connection, event(version=version), at=minute(at))
        await connection.execute("drop table clock_set_back")
        await connection.execute(MIGRATION.sql.replace(":role", "banstream_infractions"))
        assert await noted(connection) == NOTED
    async with connected(database.service_url) as connection:
        await appended(connection, event(version=len(MINUTES) + 1), at=minute(-200))
        assert len(await noted(connection)) == len(NOTED) + 1


async def test_all_that_was_recorded_since_is_behind_the_first_position_and_what_is_of_days_before_in_front(
    database: Database,
) -> None:
    async with connected(database.service_url) as connection:
        assert await first_position(connection, NOW) == 1
        for version, day in enumerate((0, 10, 20, 5, 6, 7, 30, 40), 1):
            await appended(connection, event(version=version), at=NOW + timedelta(days=day))
        found = [await first_position(connection, NOW + timedelta(days=day)) for day in (0, 9, 15, 22, 39, 50)]
    assert found == [1, 2, 3, 7, 8, 9]


@pytest.mark.parametrize(("at", "position"), [(-1, 0), (0, 1), (1, 2), (1.5, 2), (2, 6), (2.5, 6), (499, 10)])
async def test_the_last_event_until_a_moment_is_of_the_last_time_that_the_clock_showed_it(
    database: Database, at: float, position: int
) -> None:
    async with connected(database.service_url) as connection:
        for version, each in enumerate(MINUTES, 1):
            await appended(connection, event(version=version), at=minute(each))
        assert await last_position(connection, NOW + timedelta(minutes=at)) == position


@pytest.mark.parametrize("at", [39, 40, 60, 99, 100])
async def test_where_no_more_than_an_hour_is_set_back_the_clock_showed_it_behind_that_event(
    database: Database, at: int
) -> None:
    async with connected(database.service_url) as connection:
        for version, each in enumerate(MINUTES, 1):
            await appended(connection, event(version=version), at=minute(each))
        found = await last_position(connection, minute(at))
        assert MINUTES[found - 1] <= at
        assert found == len(MINUTES) or MINUTES[found] > at


async def test_an_empty_log_has_no_event_until_any_moment(database: Database) -> None:
    async with connected(database.service_url) as connection:
        assert await last_position(connection, NOW) == 0


async def test_where_time_rises_no_later_event_counts(database: Database) -> None:
    async with connected(database.service_url) as connection:
        for version in range(1, 40):
            await appended(connection, event(version=version), at=minute(version // 3))
        for number in range(14):
            expected = sum(version // 3 <= number for version in range(1, 40))
            assert await last_position(connection, minute(number)) == expected
