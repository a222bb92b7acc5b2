"""Bytes to lines: pieces of any size, offsets, days, and going on later."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_dayz_feed.lines import events
from banstream_dayz_feed.lines.clock import local_time, start_of
from banstream_dayz_feed.lines.players import PlayerEvent
from banstream_dayz_feed.lines.reading import LONGEST_LINE, Line, Reader, first_start

ID = "r" * 43 + "="
P = f'Player "Ann" (id={ID} pos=<1, 2, 3>)'
STARS = "*" * 78
LOG = f"""

{STARS}
AdminLog started on 2026-08-25 at 23:50:00
23:59:58 | ##### PlayerList log: 1 players
23:59:58 | {P}
00:00:01 | #####
00:00:00 | {P} is connected
00:00:02 | something of a mod
{STARS}
AdminLog started on 2026-08-27 at 10:00:00
10:00:01 | {P} has been disconnected
**********************************EOF****************************************
""".encode()


def times(content: bytes, started: datetime | None = None) -> list[str]:
    lines = [line for line in Reader("a", started=started).feed(content) if isinstance(line.event, PlayerEvent)]
    return [str(local_time(line.moment)) if line.moment is not None else "?" for line in lines]


def test_midnight_is_a_jump_back_and_a_header_is_a_new_day() -> None:
    assert times(LOG) == ["2026-08-25 23:59:58", "2026-08-26 00:00:00", "2026-08-27 10:00:01"]


def test_a_night_without_players_ends_on_the_day_after() -> None:
    content = f"AdminLog started on 2026-08-25 at 20:00:00\n20:05:00 | {P} bled out\n11:30:00 | {P} bled out\n"
    assert times(content.encode()) == ["2026-08-25 20:05:00", "2026-08-26 11:30:00"]


def test_no_line_is_of_a_day_before_its_log_began() -> None:
    header = b"AdminLog started on 2026-08-25 at 00:00:05\n"
    late = f"23:59:30 | {P} bled out\n00:00:01 | {P} bled out\n".encode()
    expected = ["2026-08-25 23:59:30", "2026-08-26 00:00:01"]
    assert times(header + late) == expected
    assert times(late, start_of("pc_2026-08-25.ADM")) == expected
    first = Reader("a")
    assert len(list(first.feed(header))) == 1
    again = Reader("a", first.state).feed(late)
    assert [str(local_time(line.moment)) for line in again if line.moment is not None] == expected


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_log_of_a_broken_clock_has_no_day_but_that_of_its_name(day: str) -> None:
    content = f"AdminLog started on {day} at 23:59:50\n23:59:58 | {P} bled out\n00:00:01 | {P} bled out\n".encode()
    assert times(content) == ["?", "?"]
    assert start_of(f"DayZServer_X1_x64_{day}_23-59-50.ADM") is None
    started = start_of("DayZServer_X1_x64_2026-08-25_21-03-13.ADM")
    assert times(content, started) == ["2026-08-25 23:59:58", "2026-08-26 00:00:01"]


def test_a_clock_that_is_set_back_stays_in_its_day() -> None:
    content = f"AdminLog started on 2026-10-25 at 01:00:00\n10:59:59 | {P} bled out\n03:00:00 | {P} bled out\n"
    assert times(content.encode()) == ["2026-10-25 10:59:59", "2026-10-25 03:00:00"]


def test_small_steps_around_midnight_are_one_midnight() -> None:
    moments = ["23:59:59", "00:00:01", "23:59:58", "00:00:02", "23:59:59", "00:00:03", "23:58:00"]
    content = "AdminLog started on 2026-08-25 at 23:50:00\n" + "".join(f"{each} | {P} bled out\n" for each in moments)
    assert [each[8:10] for each in times(content.encode())] == ["25", "26", "25", "26", "25", "26", "26"]


def test_without_a_header_the_day_is_the_file_s_or_unknown() -> None:
    content = f"23:59:58 | {P} bled out\n00:00:01 | {P} bled out\n".encode()
    assert times(content) == ["?", "?"]
    started = start_of("DayZServer_PS4_x64_2026-08-25_21-03-13.ADM")
    assert times(content, started) == ["2026-08-25 23:59:58", "2026-08-26 00:00:01"]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("DayZServer_X1_x64_2026-08-25_21-03-13.ADM", "2026-08-25 21:03:13"),
        ("DayZServer_x64_2026_08_25_210313123.ADM", "2026-08-25 21:03:13"),
        ("ps4_20260825_210313.ADM", "2026-08-25 21:03:13"),
        ("pc_2026-08-25.ADM", "2026-08-25 00:00:00"),
        ("DayZServer_x64.ADM", "None"),
        ("x_2026-13-45_99-99-99.ADM", "None"),
    ],
)
def test_the_time_of_a_file_is_in_its_name(name: str, start: str) -> None:
    assert str(start_of(name)) == start


def test_offsets_are_those_of_the_file() -> None:
    for line in Reader("a").feed(LOG):
        assert LOG[line.offset :].decode().split("\n")[0] == line.text


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_reading_goes_on_behind_the_end_of_a_line(end: bytes) -> None:
    content, texts = LOG.replace(b"\n", end), LOG.decode().splitlines()
    reader = Reader("a")
    assert [content[line.offset :].split(end)[0].decode() for line in reader.feed(content)] == texts
    assert reader.state.offset == len(content)


def test_the_rest_of_a_line_of_megabytes_is_no_line_also_for_who_goes_on_later() -> None:
    first = Reader("a", started=datetime(2026, 8, 25))  # noqa: DTZ001 - the log knows no zone
    assert len(list(first.feed(b"x" * 2 * LONGEST_LINE))) == 1
    later = Reader("a", first.state)
    lines = list(later.feed(f"10:00:01 | {P} bled out\n10:00:02 | {P} bled out\n".encode()))
    assert [line.text[:8] for line in lines] == ["10:00:02"]


@given(st.lists(st.integers(1, 120), max_size=40), st.booleans())
def test_the_size_of_the_pieces_changes_nothing(sizes: list[int], has_long_line: bool) -> None:
    content = LOG + (b"x" * 3 * LONGEST_LINE + b"\n" + LOG if has_long_line else b"")
    whole = list(Reader("a").feed(content))
    assert read_in_pieces(Reader("a"), content, sizes) == whole


def read_in_pieces(reader: Reader, content: bytes, sizes: list[int]) -> list[Line]:
    lines: list[Line] = []
    position = 0
    for size in sizes:
        lines += reader.feed(content[position : position + size])
        position += size
    return [*lines, *reader.feed(content[position:])]


@given(st.integers(0, len(LOG)))
def test_going_on_later_is_as_if_never_stopped(cut: int) -> None:
    first = Reader("a")
    lines = list(first.feed(LOG[:cut]))
    state = first.state
    assert state.offset <= cut
    assert [*lines, *Reader("a", state).feed(LOG[state.offset :])] == list(Reader("a").feed(LOG))


def test_a_cut_line_waits_for_its_end() -> None:
    reader = Reader("a")
    assert [line.text for line in reader.feed(b"one\ntw")] == ["one"]
    assert reader.state.offset == 4
    assert [line.text for line in reader.feed(b"o\r\n")] == ["two"]


def test_the_end_of_a_finished_file_needs_no_line_end() -> None:
    reader = Reader("a")
    assert list(reader.feed(f"10:00:01 | {P} bled out".encode())) == []
    line = reader.finish()
    assert line is not None
    assert isinstance(line.event, PlayerEvent)
    assert reader.finish() is None


def test_line_ends_marks_and_broken_bytes_are_survived() -> None:
    header, *rest = Reader("a").feed(
        b"\xef\xbb\xbfAdminLog started on 2026-08-25 at 23:50:00\r\n"
         b'23:51:00 | Player "' + b"\xff\xe2\x80\xa8\x0b" + f'" (id={ID}) is connected\r\n'.encode()
        + b"25:00:00 | x\n"
    )  # fmt: skip
    assert isinstance(header.event, events.SessionStarted)
    assert isinstance(rest[0].event, events.Connected)
    assert rest[0].event.player.name == "\\xff\u2028\x0b"
    assert rest[1].event is None


def test_a_player_outside_of_a_list_is_unknown() -> None:
    lines = list(Reader("a").feed(f"10:00:00 | #####\n10:00:00 | {P}\n".encode()))
    assert [line.event for line in lines] == [events.ListClosed(), None]


def test_a_line_of_megabytes_is_one_unknown_line_and_not_kept() -> None:
    reader = Reader("a")
    lines = [line for _ in range(200) for line in reader.feed(b'00:00:00 | Player "' + b" (id=" * 5000)]
    lines += reader.feed(f"\n10:00:01 | {P} bled out\n".encode())
    assert [line.event is None for line in lines] == [True, False]
    assert len(lines[0].text) < 300
    assert reader.state.offset > 4_000_000


@pytest.mark.parametrize(
    "piece", ['" (id=A pos=<1, 2, 3>)', " on ", " with ", " into ", " (id=", "x", '"(id=A)): ', "1"]
)
@pytest.mark.parametrize(
    "start", ['Player "', f"{P} placed ", f"{P}Built ", f"{P}[HP: 1] hit by ", 'Chat("', "Ann ", "["]
)
def test_the_longest_line_of_art_is_read_without_trouble(start: str, piece: str) -> None:
    line = "10:00:00 | " + start + piece * (LONGEST_LINE // len(piece))
    (read,) = Reader("a").feed(line.encode()[:LONGEST_LINE] + b"\n")
    assert not isinstance(read.event, events.Placed) or read.event.player.name == "Ann"


def test_the_first_header_is_found_in_the_beginning() -> None:
    assert str(first_start(LOG)) == "2026-08-25 23:50:00"
    assert first_start(b"nothing\nAdminLog started on 2026-99-25 at 23:50:00\n") is None
