"""Moments and durations that operators write."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from cli.tests.conftest import Run

from banstream_cli.arguments.times import parse_moment, show_moment


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+09:00"], ids=["last", "first"])
def test_a_moment_outside_of_all_time_is_no_time(moment: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        parse_moment(moment, datetime.now(UTC))


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Put this machine into a zone."""

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("America/New_York", "0001-01-01T00:00:00Z"), ("Asia/Kathmandu", "9999-12-31T23:59:59Z")],
    ids=["first", "last"],
)
def test_a_moment_that_the_zone_here_does_not_know_is_shown_as_it_is(
    in_zone: Callable[[str], None], zone: str, moment: str
) -> None:
    in_zone(zone)
    assert show_moment(moment) == moment
    assert show_moment(datetime.fromisoformat(moment)) == moment.replace("T", " ").replace("Z", "+00:00")
    assert show_moment(moment, utc=True) == moment


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Kathmandu", "2026-01-31 17:45:09+05:45"),
        ("America/New_York", "2026-01-31 07:00:09-05:00"),
        ("UTC", "2026-01-31 12:00:09Z"),
    ],
    ids=["east", "west", "utc"],
)
def test_a_local_time_tells_its_zone_and_is_read_again(in_zone: Callable[[str], None], zone: str, shown: str) -> None:
    in_zone(zone)
    moment = datetime(2026, 1, 31, 12, 0, 9, tzinfo=UTC)
    assert show_moment(moment) == shown
    assert show_moment(moment.isoformat(), utc=True) == "2026-01-31T12:00:09Z"
    in_zone("Asia/Tokyo")
    assert parse_moment(shown, moment) == moment


async def test_a_token_that_outlives_all_time_is_wrong_use(run: Run) -> None:
    outcome = await run("tokens", "create", "x", "--scope", "admin", "--bootstrap", "--expires-in", "999999999w")
    assert (outcome.code, outcome.out) == (2, "")
    assert "after all time" in outcome.complaint
