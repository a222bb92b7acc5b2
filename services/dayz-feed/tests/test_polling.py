"""Polling a folder: whatever is cut, rotated, renamed, shortened or served anew, each act is found once."""

import contextlib
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_testing.dayz_feed import BUILDER, Folder, file_name, header, placed
from banstream_testing.dayz_polls import LIVE, START, Feed, log, read_at_once

OTHER = "F" * 40


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


SHELTER = placed(at(30), 1, OTHER).replace(b"Fence Kit<FenceKit>", b"Shelter<ShelterFabric>")
FIRST = log(START, placed(at(1), 4), SHELTER, placed(at(7200), 3), log(at(7300), placed(at(7400), 5, OTHER)))
SECOND_START = START + timedelta(hours=4)
SECOND = log(SECOND_START, placed(SECOND_START + timedelta(seconds=5), 3, OTHER), b"21:5")


@pytest.mark.parametrize("name", [file_name(START), LIVE])
def test_one_poll_finds_what_a_replay_finds(name: str) -> None:
    folder = Folder()
    folder.logs[name] = FIRST
    feed = Feed(folder)
    feed.poll()
    assert [act[:2] for act in feed.acts] == [act[:2] for act in read_at_once(**{name: FIRST})]
    assert len(feed.acts) == 4
    assert feed.at.reading.offset == len(FIRST)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(FIRST)), st.integers(0, len(SECOND))), max_size=8),
    st.sampled_from([(file_name(START), file_name(SECOND_START))]),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 3), max_size=4),
)
def test_cutting_logs_anywhere_into_any_polls_changes_nothing(
    cuts: list[tuple[int, int]], names: tuple[str, str], tells_sizes: bool, resumes: bool, faults: list[int]
) -> None:
    """With a later log from some poll on, and a database that is lost in the middle of some polls."""
    folder = Folder()
    folder.tells_sizes, folder.resumes = tells_sizes, resumes
    feed = Feed(folder)
    first, second = names
    for number, (of_first, of_second) in enumerate(sorted(cuts)):
        folder.logs[first] = FIRST[: max(of_first, len(folder.logs.get(first, b"")))]
        if second in folder.logs or len(folder.logs[first]) == len(FIRST):
            folder.logs[second] = SECOND[: max(of_second, len(folder.logs.get(second, b"")))]
        feed.fails_after = faults[number] if number < len(faults) else None
        with contextlib.suppress(ConnectionResetError):
            feed.poll()
    feed.fails_after = None
    folder.logs = {first: FIRST, second: SECOND}
    for _ in range(4):
        feed.poll()
    assert feed.acts == read_at_once(**{first: FIRST, second: SECOND})
    assert feed.found_twice == 0
    assert feed.at.file == second


def test_the_older_log_is_finished_before_the_later_one_also_where_lines_come_late() -> None:
    folder = Folder()
    first, second = file_name(START), file_name(SECOND_START)
    folder.logs = {first: FIRST[:400], second: SECOND}
    feed = Feed(folder)
    feed.poll()
    assert feed.at.file == first
    folder.logs[first] = FIRST[:-1]
    feed.poll()
    assert (feed.at.file, feed.at.is_quiet) == (first, True)
    feed.poll()
    assert feed.at.file == second
    assert feed.at.lines == len((FIRST + SECOND).split(b"\n")) - 1
    assert feed.acts == read_at_once(**{first: FIRST[:-1], second: SECOND})


def test_nothing_is_concluded_while_a_log_may_grow() -> None:
    """Its last line is whole only once a later log says so."""
    folder = Folder()
    name = file_name(START)
    folder.logs[name] = log(START, placed(at(1), 3))[:-1]
    feed = Feed(folder)
    for _ in range(5):
        feed.poll()
    assert (feed.acts, feed.at.is_quiet) == ([], False)
    folder.logs[file_name(SECOND_START)] = header(SECOND_START)
    feed.poll()
    assert feed.acts == []
    feed.poll()
    assert len(feed.acts) == 1


def test_reading_goes_on_at_the_byte_where_it_stopped() -> None:
    folder = Folder()
    name = file_name(START)
    folder.logs[name] = FIRST
    feed = Feed(folder)
    feed.poll()
    folder.read_at.clear()
    folder.logs[name] = FIRST + placed(at(7500))
    feed.poll()
    assert folder.read_at == [(name, len(FIRST) - 64)]


def test_a_live_log_that_is_renamed_is_read_to_its_end_under_its_new_name() -> None:
    folder = Folder()
    folder.logs[LIVE] = FIRST[:900]
    feed = Feed(folder)
    feed.poll()
    label = feed.at.label
    folder.logs = {"DayZServer_x64_2026_08_26_010313000.ADM": FIRST, LIVE: SECOND}
    for _ in range(3):
        feed.poll()
    assert feed.at.file == LIVE
    assert feed.at.label == f"{LIVE}@2026-08-26T01:03:13"
    replayed = read_at_once(**{file_name(START): FIRST, file_name(SECOND_START): SECOND})
    assert [act[:2] for act in feed.acts] == [act[:2] for act in replayed]
    assert {act[2] for act in feed.acts} == {label, feed.at.label}
    assert feed.found_twice == 0


@pytest.mark.parametrize("saves", [1, 9], ids=["nothing", "stars"])
def test_a_live_log_that_is_renamed_before_its_first_line_was_read_is_not_taken_for_the_next_one(saves: int) -> None:
    feed = Feed(folder := Folder())
    folder.logs[LIVE] = header(START).rstrip()
    feed.fails_after = saves
    with contextlib.suppress(ConnectionResetError):
        feed.poll()
    feed.fails_after, label = None, feed.at.label
    folder.logs = {"DayZServer_x64_2026_08_26_010313000.ADM": FIRST, LIVE: SECOND}
    for _ in range(3):
        feed.poll()
    replayed = read_at_once(**{file_name(START): FIRST, file_name(SECOND_START): SECOND})
    assert [act[:2] for act in feed.acts] == [act[:2] for act in replayed]
    assert {act[2] for act in feed.acts} == {label, f"{LIVE}@2026-08-26T01:03:13"}


def test_a_copy_of_a_live_log_is_not_read_again() -> None:
    folder = Folder()
    folder.logs[LIVE] = FIRST
    feed = Feed(folder)
    feed.poll()
    before = feed.acts
    folder.logs["DayZServer_x64_2026_08_26_010313000.ADM"] = FIRST
    for _ in range(3):
        feed.poll()
    assert (feed.at.file, feed.acts, feed.found_twice) == (LIVE, before, 0)


@pytest.mark.parametrize(("lines", "acts"), [(0, 6), (60, 7)], ids=["in its head", "far behind it"])
def test_another_log_in_place_of_one_is_noticed_and_read_from_its_begin(lines: int, acts: int) -> None:
    feed = Feed(folder := Folder())
    folder.logs[LIVE] = FIRST + placed(START + timedelta(seconds=180), lines, OTHER)
    feed.poll()
    folder.logs[LIVE] = SECOND + placed(SECOND_START + timedelta(seconds=90), 60 + lines)
    feed.poll()
    assert feed.at.reading.offset == len(folder.logs[LIVE])
    assert feed.at.label.endswith("@2026-08-26T01:03:13")
    assert len(feed.acts) == acts


@pytest.mark.parametrize("name", [file_name(START), LIVE])
def test_a_log_that_shrank_is_noticed_and_the_same_served_anew_finds_nothing_twice(name: str) -> None:
    folder = Folder()
    folder.logs[name] = FIRST
    feed = Feed(folder)
    feed.poll()
    before = feed.acts
    folder.logs[name] = FIRST[:700]
    feed.poll()
    assert feed.at.note == f"{name} is shorter than what was read of it"
    feed.poll()
    assert "another log stood" in str(feed.at.note)
    assert feed.at.reading.offset < 701
    folder.logs[name] = FIRST
    feed.poll()
    assert feed.acts == before
    assert feed.found_twice > 0, "the keys are the same"


def test_a_log_that_is_shorter_for_a_moment_is_not_begun_anew() -> None:
    folder = Folder()
    name = file_name(START)
    folder.logs[name] = FIRST
    feed = Feed(folder)
    feed.poll()
    folder.logs[name] = FIRST[:100]
    feed.poll()
    folder.logs[name] = FIRST + placed(at(7600), 3, BUILDER)
    feed.poll()
    assert feed.found_twice == 0
    assert feed.at.note is None
    assert len(feed.acts) == 5


def test_a_new_folder_is_not_read_from_its_oldest_log_on() -> None:
    folder = Folder()
    starts = [START - timedelta(days=number) for number in range(1, 5)]
    folder.logs = {file_name(start): log(start, placed(start, 3)) for start in starts}
    folder.logs["old.ADM"] = log(START - timedelta(days=9), placed(START, 3))
    folder.logs[file_name(START)] = FIRST
    feed = Feed(folder, now=START + timedelta(minutes=50))
    feed.poll()
    assert feed.at.file == file_name(START)
    assert {act[2] for act in feed.acts} == {file_name(START)}
    feed = Feed(folder, now=START + timedelta(minutes=10))
    for _ in range(3):
        feed.poll()
    assert {act[2] for act in feed.acts} == {file_name(START), file_name(starts[0])}


def test_an_older_log_that_comes_late_is_left_alone() -> None:
    folder = Folder()
    folder.logs[file_name(SECOND_START)] = SECOND
    feed = Feed(folder, now=SECOND_START)
    feed.poll()
    folder.logs[file_name(START)] = FIRST
    for _ in range(3):
        feed.poll()
    assert {act[2] for act in feed.acts} == {file_name(SECOND_START)}


@pytest.mark.parametrize(("minutes", "is_read"), [(20, True), (90, False)], ids=["summer time ends", "an older log"])
def test_a_log_that_begins_earlier_on_a_clock_set_back_is_read(minutes: int, *, is_read: bool) -> None:
    folder, again = Folder(), START - timedelta(minutes=minutes)
    feed = Feed(folder)
    for start, written_at in ((START, feed.now), (again, feed.now + timedelta(minutes=40))):
        folder.logs[file_name(start)] = log(start, placed(start + timedelta(seconds=5), 3))
        folder.modified_at[file_name(start)] = written_at
        for _ in range(3):
            feed.poll()
    assert {act[2] for act in feed.acts} == {file_name(START), *([file_name(again)] if is_read else [])}
    assert feed.found_twice == 0


def test_of_logs_that_are_left_out_since_a_clock_was_ahead_it_is_told_how_to_have_them_read() -> None:
    folder, ahead = Folder(), START + timedelta(days=400)
    feed = Feed(folder, now=START)
    for start, written_at in ((ahead, feed.now), (START, feed.now + timedelta(minutes=10))):
        folder.logs[file_name(start)] = log(start, placed(start + timedelta(seconds=5), 3))
        folder.modified_at[file_name(start)] = written_at
        for _ in range(3):
            feed.poll()
    assert feed.position_note.startswith(
        f"{file_name(START)} was written later than {file_name(ahead)} and is not read"
    )
    del folder.logs[file_name(ahead)]
    feed = Feed(folder, now=START + timedelta(minutes=10))
    feed.poll()
    assert {act[2] for act in feed.acts} == {file_name(START)}
    assert not feed.position_note


def test_an_empty_folder_and_a_log_that_says_nothing_yet_are_waited_for() -> None:
    folder = Folder()
    feed = Feed(folder)
    feed.poll()
    assert feed.at.note == "there is no log in the folder"
    folder.logs[LIVE] = b"\n\n****"
    feed.poll()
    assert feed.at.note == f"{LIVE} does not say yet when it began"
    folder.logs[LIVE] = FIRST
    feed.poll()
    assert len(feed.acts) == 4
    assert not feed.position_note


def test_a_log_that_was_deleted_gives_way_to_the_later_one() -> None:
    folder = Folder()
    folder.logs[file_name(START)] = FIRST
    feed = Feed(folder)
    feed.poll()
    folder.logs = {file_name(SECOND_START): SECOND}
    feed.poll()
    assert feed.at.file == file_name(SECOND_START)


def test_many_logs_of_a_long_outage_are_read_in_one_poll_in_order() -> None:
    folder = Folder()
    folder.logs[file_name(START)] = header(START)
    feed = Feed(folder)
    feed.poll()
    starts = [START + timedelta(hours=number) for number in range(1, 6)]
    for start in starts:
        folder.logs[file_name(start)] = log(start, placed(start + timedelta(seconds=1), 3))
    feed.poll()
    feed.poll()
    assert feed.at.file == file_name(starts[-1])
    assert sorted(feed.found.values(), key=lambda each: each.at) == list(feed.found.values())
    assert len(feed.found) == 5


def test_a_log_read_anew_is_read_with_what_the_rules_remembered_at_its_begin() -> None:
    """An act that began in the log before it is the same act, and is not counted twice."""
    folder = Folder()
    later = START + timedelta(seconds=20)
    first = log(START, placed(at(1), 2))
    second = placed(later, 4) + log(later, placed(later + timedelta(seconds=5), 60, OTHER))
    folder.logs = {file_name(START): first, file_name(later): second}
    feed = Feed(folder)
    feed.poll()
    feed.poll()
    before = feed.acts
    assert ("build_rate", BUILDER, file_name(START)) in {act[:3] for act in before}
    folder.logs[file_name(later)] = second[:300]
    feed.poll()
    feed.poll()
    folder.logs[file_name(later)] = second
    feed.poll()
    assert feed.at.reading.offset == len(second)
    assert feed.acts == before
