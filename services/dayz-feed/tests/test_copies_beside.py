"""What lies beside the log that is written and has no time in its name either: a copy by hand is no later log."""

from datetime import timedelta

import pytest

from banstream_dayz_feed.logs import HEAD
from banstream_testing.dayz_feed import BUILDER, Folder, file_name, placed
from banstream_testing.dayz_polls import LIVE, START, Feed, log

OTHER, THIRD = "E" * 40, "F" * 40
LATER = START + timedelta(hours=4)
FIRST = log(START, placed(START, 4))
MORE = placed(START + timedelta(seconds=700), 3, OTHER)
MOST = placed(START + timedelta(seconds=1400), 3, THIRD)
COPY = f"Copy of {LIVE}"


@pytest.mark.parametrize("content", [FIRST, log(START - timedelta(days=30))], ids=["of-the-log", "of-an-older-one"])
@pytest.mark.parametrize("tells_times", [True, False], ids=["with-times", "without-times"])
def test_a_copy_by_hand_keeps_nobody_from_the_log_that_is_written(content: bytes, *, tells_times: bool) -> None:
    feed = Feed(folder := Folder())
    folder.logs[LIVE] = FIRST
    feed.poll()
    folder.logs = {LIVE: FIRST + MORE, COPY: content}
    if tells_times:
        folder.modified_at = {LIVE: feed.now, COPY: feed.now + timedelta(seconds=1)}
    for _ in range(4):
        feed.poll()
    folder.logs[LIVE] += MOST
    for _ in range(3):
        feed.poll()
    assert (feed.at.file, feed.found_twice) == (LIVE, 0)
    assert {act[2] for act in feed.acts} == {f"{LIVE}@{START:%Y-%m-%dT%H:%M:%S}"}
    assert {act[1] for act in feed.acts} >= {OTHER, THIRD}


@pytest.mark.parametrize("tells_times", [True, False], ids=["with-times", "without-times"])
def test_a_copy_by_hand_of_a_log_with_its_time_in_its_name_is_not_read(*, tells_times: bool) -> None:
    feed = Feed(folder := Folder())
    name = file_name(START)
    folder.logs[name] = FIRST
    feed.poll()
    folder.logs = {name: FIRST + MORE, name.replace(".ADM", " - Copy.ADM"): FIRST}
    if tells_times:
        folder.modified_at = {each: feed.now + timedelta(seconds=len(each)) for each in folder.logs}
    for _ in range(4):
        feed.poll()
    folder.logs[name] += MOST
    for _ in range(3):
        feed.poll()
    assert {act[1:3] for act in feed.acts} == {(BUILDER, name), (OTHER, name), (THIRD, name)}


@pytest.mark.parametrize("tells_times", [True, False], ids=["with-times", "without-times"])
def test_a_server_that_starts_twice_within_a_second_loses_no_line(*, tells_times: bool) -> None:
    """The first of both logs says only when it began."""
    feed = Feed(folder := Folder())
    names = [f"DayZServer_x64_{START:%Y_%m_%d_%H%M%S}{number:03}.ADM" for number in (1, 700)]
    for name, content in zip(names, (log(START), FIRST), strict=True):
        folder.logs[name] = content
        if tells_times:
            folder.modified_at[name] = feed.now + timedelta(seconds=len(folder.logs))
        for _ in range(3):
            feed.poll()
    assert {act[1:3] for act in feed.acts} == {(BUILDER, names[1])}


def test_where_reading_has_begun_in_the_copy_the_log_itself_is_read_too() -> None:
    feed = Feed(folder := Folder())
    long = FIRST + placed(START + timedelta(seconds=90), 60)
    assert len(long) > HEAD
    folder.logs = {file_name(START): long, LIVE: long}
    feed.poll()
    assert feed.at.file == file_name(START)
    folder.logs[LIVE] += MORE
    for _ in range(3):
        feed.poll()
    assert OTHER in {act[1] for act in feed.acts}


def test_a_log_that_follows_under_another_name_without_a_time_is_read() -> None:
    feed = Feed(folder := Folder())
    folder.logs[LIVE] = FIRST
    feed.poll()
    folder.logs["next.ADM"] = log(LATER, placed(LATER, 3, OTHER))
    for _ in range(3):
        feed.poll()
    assert feed.at.file == "next.ADM"
    assert OTHER in {act[1] for act in feed.acts}
