"""Folders of hosts that tell old sizes, keep copies that grow, or begin logs within a moment: no line is missed."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from banstream_dayz_feed import polling
from banstream_dayz_feed.logs import logs_in
from banstream_remote_files.local import local_files
from banstream_testing.dayz_feed import BUILDER, Folder, file_name, placed
from banstream_testing.dayz_polls import LIVE, START, Feed, LazyFolder, log, read_at_once

OTHER = "F" * 40
LATER = START + timedelta(hours=4)
FIRST = log(START, placed(START, 4))
NEXT = log(LATER, placed(LATER, 3))
MORE = placed(START + timedelta(seconds=700), 3, OTHER)


def test_lines_are_read_though_the_host_tells_the_size_from_before_them() -> None:
    feed = Feed(folder := LazyFolder())
    folder.modified_at[file_name(START)] = feed.now
    folder.logs[file_name(START)] = FIRST
    feed.poll()
    folder.logs[file_name(START)] = FIRST + MORE
    feed.poll()
    assert feed.acts == read_at_once(**{file_name(START): FIRST + MORE})


@pytest.mark.parametrize("seconds", [0, 1], ids=["same-second", "a-second-later"])
def test_what_comes_to_a_live_log_before_it_gives_way_is_read_in_the_copy_that_grows_with_it(seconds: int) -> None:
    """Some hosts show the log that is written under a name with its time as well."""
    copy = file_name(START + timedelta(seconds=seconds))
    feed = Feed(folder := Folder())
    folder.logs[LIVE] = FIRST
    feed.poll()
    folder.logs[copy] = FIRST
    feed.poll()
    folder.logs = {LIVE: NEXT, copy: FIRST + MORE}
    for _ in range(3):
        feed.poll()
    expected = read_at_once(**{copy: FIRST + MORE, file_name(LATER): NEXT})
    assert [act[:2] for act in feed.acts] == [act[:2] for act in expected]
    assert (feed.at.file, feed.found_twice) == (LIVE, 0)


@pytest.mark.parametrize("apart", [timedelta(seconds=20), timedelta(milliseconds=1)], ids=["seconds", "milliseconds"])
@pytest.mark.parametrize("tells_times", [True, False], ids=["with-times", "without-times"])
def test_restarts_within_a_minute_leave_no_log_out(apart: timedelta, *, tells_times: bool) -> None:
    feed = Feed(folder := Folder())
    logs = {_name(START + number * apart): log(START, placed(START, 3, f"{number}" * 40)) for number in range(3)}
    for number, (name, content) in enumerate(logs.items()):
        folder.logs[name] = content
        if tells_times:
            folder.modified_at[name] = feed.now + number * apart
        feed.poll()
        feed.poll()
    assert {act[2] for act in feed.acts} == set(logs)
    assert feed.found_twice == 0


def _name(start: datetime) -> str:
    return f"DayZServer_x64_{start:%Y_%m_%d_%H%M%S}{start.microsecond // 1000:03}.ADM"


def test_a_log_that_only_says_when_it_began_is_read_when_three_have_come() -> None:
    feed = Feed(folder := Folder())
    folder.logs[file_name(START)] = FIRST
    feed.poll()
    starts = [LATER, LATER + timedelta(seconds=20), LATER + timedelta(seconds=40)]
    folder.logs |= {file_name(each): log(each) for each in starts}
    for _ in range(3):
        feed.poll()
    assert feed.at.file == file_name(starts[-1])
    assert feed.at.lines == (FIRST + log(starts[0]) * 3).count(b"\n")


@pytest.mark.parametrize("content", [b"", b"notes\n"], ids=["empty", "notes"])
def test_a_file_that_never_says_when_it_began_ends_no_log(content: bytes) -> None:
    """The host may write a line in two pieces, and the last lines after it has begun the next log."""
    feed = Feed(folder := Folder())
    folder.logs = {LIVE: content, file_name(START): FIRST + MORE[:-9]}
    for _ in range(4):
        feed.poll()
    folder.logs[file_name(START)] = FIRST + MORE[:-9]
    folder.logs[file_name(LATER)] = NEXT
    feed.poll()
    folder.logs[file_name(START)] = FIRST + MORE
    for _ in range(4):
        feed.poll()
    assert feed.acts == read_at_once(**{file_name(START): FIRST + MORE, file_name(LATER): NEXT})
    assert feed.position_note == f"{LIVE} does not say yet when it began"
    folder.logs[LIVE] = log(LATER + timedelta(hours=4), placed(LATER + timedelta(hours=4), 3))
    for _ in range(3):
        feed.poll()
    assert (feed.at.file, len(feed.acts)) == (LIVE, 4)


def test_a_log_is_read_to_its_end_before_the_next_ones_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "READ_BYTES", 1000)
    names = [file_name(START), file_name(LATER), file_name(LATER + timedelta(hours=4))]
    feed = Feed(folder := Folder())
    first = FIRST + placed(START + timedelta(seconds=90), 60, OTHER) + MORE
    folder.logs = dict(zip(names, (first, NEXT, log(LATER + timedelta(hours=4))), strict=True))
    for _ in range(3):
        feed.poll()
    assert feed.acts == read_at_once(**folder.logs)
    assert feed.at.lines == b"".join(folder.logs.values()).count(b"\n")


def test_of_two_logs_that_were_renamed_meanwhile_the_one_that_was_begun_is_read_on() -> None:
    """Near their begin they are alike but for the time in their first line."""
    feed = Feed(folder := Folder())
    folder.logs[LIVE] = FIRST
    feed.fails_after = 1
    with suppress(ConnectionResetError):
        feed.poll()
    feed.fails_after = None
    last = LATER + timedelta(hours=4)
    renamed = {file_name(LATER): FIRST, file_name(last): NEXT}
    folder.logs = {**renamed, LIVE: log(last, placed(last, 3, OTHER))}
    for _ in range(4):
        feed.poll()
    assert {act[1:3] for act in feed.acts} == {
        (BUILDER, f"{LIVE}@2026-08-25T21:03:13"),
        (BUILDER, f"{file_name(last)}@2026-08-26T01:03:13"),
        (OTHER, f"{LIVE}@2026-08-26T05:03:13"),
    }
    assert (feed.at.file, feed.found_twice) == (LIVE, 0)


async def test_a_link_to_the_log_of_the_day_is_one_of_the_logs(tmp_path: Path) -> None:
    (tmp_path / file_name(START)).write_bytes(FIRST)
    (tmp_path / "latest.ADM").symlink_to(file_name(START))
    async with local_files(tmp_path) as files:
        timed, link = logs_in(await files.entries("."))
    assert (timed.name, timed.size) == (file_name(START), len(FIRST))
    assert link == replace(link, name="latest.ADM", start=None, size=None, modified_at=None)
