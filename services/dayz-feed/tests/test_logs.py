"""Which files of a folder are logs, and what each of them is called."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from banstream_contracts.text import control_character
from banstream_dayz_feed.logs import HEAD, Log, label_of, logs_in
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
