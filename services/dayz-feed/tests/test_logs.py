"""Which files of a folder are logs, and what each of them is called."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from banstream_contracts.text import control_character
from banstream_dayz_feed.logs import HEAD, Log, first_of, label_of, later_than, logs_in
from banstream_dayz_feed.position import Position
from banstream_remote_files.ports import Entry
from banstream_testing.dayz_feed import file_name, header

START = datetime(2026, 8, 25, 21, 3, 13)  # noqa: DTZ001 - the log knows no zone
SECOND_START = START + timedelta(hours=4)
LIVE = "DayZServer_x64.ADM"
NAMES: list[Callable[[str], str]] = [str.lower, str.upper, str]


@pytest.mark.parametrize("written", NAMES, ids=["lower", "upper", "as-is"])
def test_logs_are_told_from_other_files(written: Callable[[str], str]) -> None:
    entries = [Entry(written("a_2026-08-25_21-03-13.ADM")), Entry("b.RPT"), Entry("c.ADM", is_folder=True)]
    assert [each.name for each in logs_in([*entries, Entry("d\udce9.ADM")])] == [entries[0].name]
    assert control_character(entries[0].name) is None


def test_a_log_is_called_by_its_name_where_that_says_which_one_it_is() -> None:
    dated, live = Log(file_name(START), START), Log(LIVE, None)
    assert label_of(dated, header(START)) == dated.name
    assert label_of(dated, b"") == dated.name
    assert label_of(dated, header(SECOND_START)) == f"{dated.name}@2026-08-26T01:03:13"
    assert label_of(live, header(START)) == f"{LIVE}@2026-08-25T21:03:13"
    assert label_of(live, b"\n") is None
    assert label_of(live, b"x" * HEAD) == LIVE


@pytest.mark.parametrize("minutes", [20, 90])
@pytest.mark.parametrize("written_minutes", [None, -10, 10], ids=["untold", "earlier", "later"])
def test_a_log_of_the_hour_that_comes_twice_is_next_unless_the_host_says_that_it_is_older(
    minutes: int, written_minutes: int | None
) -> None:
    now = START.replace(tzinfo=UTC)
    written = None if written_minutes is None else now + timedelta(minutes=written_minutes)
    again = START - timedelta(minutes=minutes)
    position = Position(file_name(START), file_name(START), START, modified_at=now, seen=("seen",))
    logs = [Log("seen", again, None, written), Log(file_name(again), again, None, written)]
    is_next = minutes < 60 and written_minutes != -10
    assert later_than(position, logs) == (logs[1:] if is_next else [])
    if written is None:
        assert later_than(replace(position, file=LIVE), logs) == []


def test_logs_come_in_the_order_of_their_times_and_the_one_without_last() -> None:
    names = [LIVE, file_name(SECOND_START), "a.ADM", file_name(START)]
    assert [each.name for each in logs_in(map(Entry, names))] == [names[3], names[1], LIVE, "a.ADM"]


def test_reading_begins_with_the_log_that_was_written_in_that_second() -> None:
    logs = [Log(file_name(each), each) for each in (START, SECOND_START)]
    for since, first in ((START, 0), (SECOND_START, 1), (SECOND_START - timedelta(seconds=1), 0)):
        assert first_of(logs, {}, since) == logs[first]
    assert first_of(logs, {}, START - timedelta(days=1)) == logs[0]
    assert first_of([], {}, START) is None
