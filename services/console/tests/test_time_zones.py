"""Time zones that the console takes: what it shows and what the database counts are the same hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from pydantic import ValidationError
from services.console.tests.conftest import Wall

from banstream_console.settings import Settings

MONTHS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=30 * number) for number in range(13)]


@pytest.mark.parametrize("name", ["CET", "EET", "MET", "WET", "Europe/Berlin", "America/Havana", "Asia/Kathmandu"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_zone_has_its_summer_in_the_database_too(wall: Wall, name: str) -> None:
    taken = Settings(console_time_zone=name).console_time_zone
    connection = await asyncpg.connect(wall.database.service_url)
    try:
        counted = [await connection.fetchval("select $1::timestamptz at time zone $2", at, taken) for at in MONTHS]
    finally:
        await connection.close()
    assert counted == [at.astimezone(ZoneInfo(name)).replace(tzinfo=None) for at in MONTHS]


@pytest.mark.parametrize("name", ["localtime", "Mars/Olympus", "", "America", "../UTC"])
def test_what_the_database_does_not_know_is_no_zone(name: str) -> None:
    with pytest.raises(ValidationError, match="is no time zone"):
        Settings(console_time_zone=name)
