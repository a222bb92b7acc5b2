"""Time zones that the console takes: what it shows and what the database counts are the same hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from aiohttp.test_utils import make_mocked_request
from pydantic import ValidationError
from services.console.tests.conftest import Wall

from banstream_console.access.people import Person
from banstream_console.app import create_app
from banstream_console.presentation.texts import texts
from banstream_console.presentation.wording import Wording
from banstream_console.settings import Settings
from banstream_console.staff.audit.reading import audit_filters, wanted_by
from banstream_console.staff.bans.question import question_of
from banstream_contracts.accounts import Role
from banstream_testing.staff import account

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


async def test_days_that_lists_are_asked_for_are_those_of_the_zone_however_long_they_are() -> None:
    zone, short = "Europe/Berlin", "2026-03-29"
    app = create_app(Settings(console_time_zone=zone))
    request = make_mocked_request("GET", f"/console/audit?since={short}&until={short}", app=app)
    filters = audit_filters(request)
    infractions = question_of(filters, Person(account(Role.OWNER), "key", "token"), ZoneInfo(zone))
    day = (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
    for asked in (infractions, wanted_by(request, filters, 10).question):
        assert (asked.since, asked.until) == day


def test_times_and_days_are_said_in_the_zone_that_is_named_beside_them() -> None:
    said, moment = Wording(texts("en"), ZoneInfo("America/Sao_Paulo")), datetime(2026, 1, 31, 1, 30, tzinfo=UTC)
    assert said.moment(moment).replace("\u202f", " ") == "Jan 30, 2026, 10:30:00 PM -03"
    assert said.plate(moment) == "2026-01-30"


@pytest.mark.parametrize(
    ("zone", "moment", "said", "plate"),
    [
        ("America/Sao_Paulo", datetime.min.replace(tzinfo=UTC), "Jan 1, 1, 12:00:00 AM UTC", "0001-01-01"),
        ("Asia/Tokyo", datetime.max.replace(tzinfo=UTC), "Dec 31, 9999, 11:59:59 PM UTC", "9999-12-31"),
    ],
    ids=["first", "last"],
)
def test_the_ends_of_the_calendar_are_said_as_they_are(zone: str, moment: datetime, said: str, plate: str) -> None:
    wording = Wording(texts("en"), ZoneInfo(zone))
    assert wording.moment(moment).replace("\u202f", " ") == said
    assert wording.plate(moment) == plate
