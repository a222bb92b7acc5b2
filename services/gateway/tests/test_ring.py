"""The ring against a plain list, and cursors."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_gateway.feed.pushes import Push
from banstream_gateway.feed.ring import Cursor, Entry, Expired, Ring, incarnation_of, parsed

SERVERS = [None, "a", "b"]
SECONDS, MOST = 10.0, 5


def push(server_id: str | None = None) -> Push:
    return Push("kick", 0.0, server_id, None, b"{}")


@dataclass
class Model:
    """Everything that was ever added, and what may be asked for."""

    entries: list[Entry] = field(default_factory=list)
    floor: int | None = None
    newest: int = 0

    def look(self, sequence: int) -> None:
        self.floor = sequence - 1 if self.floor is None else self.floor
        self.newest = sequence

    def add(self, entry: Entry) -> None:
        self.look(entry.sequence)
        self.entries.append(entry)
        self.keep([each for each in self.entries if each.stored_at >= entry.stored_at - SECONDS][-MOST:])

    def keep(self, kept: list[Entry]) -> None:
        gone = self.entries[: len(self.entries) - len(kept)]
        self.floor = gone[-1].sequence if gone else self.floor
        self.entries = kept

    def after(self, sequence: int, server_id: str | None, limit: int) -> tuple[list[int], int] | None:
        if sequence < (self.floor or 0):
            return None
        found = [
            each.sequence
            for each in self.entries
            if each.sequence > sequence and each.push.server_id in {None, server_id}
        ]
        if len(found) >= limit:
            return found[:limit], found[limit - 1]
        return found, max(sequence, self.newest)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from([*SERVERS, "none"]), st.integers(0, 8)), max_size=40),
    st.sampled_from(SERVERS),
    st.integers(1, 4),
)
def test_a_ring_tells_what_a_plain_list_tells(
    steps: list[tuple[int, str | None, int]], server_id: str | None, limit: int
) -> None:
    ring, model, sequence, time = Ring(SECONDS, MOST), Model(), 6, 0.0
    ring.begin("k")
    for jump, server, seconds in steps:
        sequence, time = sequence + jump, time + seconds
        if server == "none":
            ring.look(sequence)
            model.look(sequence)
        else:
            ring.add(Entry(sequence, time, push(server)))
            model.add(Entry(sequence, time, push(server)))
    assert len(ring) == len(model.entries)
    for cursor in range(sequence + 2):
        assert told(ring, cursor, server_id, limit) == model.after(cursor, server_id, limit)


def told(ring: Ring, cursor: int, server_id: str | None, limit: int) -> tuple[list[int], int] | None:
    try:
        page = ring.after(Cursor("k", cursor), server_id, limit)
    except Expired:
        return None
    return [entry.sequence for entry in page.entries], page.cursor.sequence


def test_pages_lead_through_everything_once() -> None:
    ring = Ring(SECONDS, 10_000)
    ring.begin("k")
    for sequence in range(1, 5001):
        ring.add(Entry(sequence, 0.0, push()))
    cursor, found = Cursor("k", 0), list[int]()
    while (page := ring.after(cursor, None, 77)).entries:
        found += [entry.sequence for entry in page.entries]
        cursor = page.cursor
    assert found == [*range(1, 5001)]


def test_what_was_dropped_leaves_memory() -> None:
    ring = Ring(SECONDS, 10)
    ring.begin("k")
    for sequence in range(1, 10_001):
        ring.add(Entry(sequence, 0.0, push()))
    assert len(ring) == 10
    assert len(ring._entries) < 2100  # noqa: SLF001 - nothing else shows it
    assert told(ring, 9990, None, 100) == ([*range(9991, 10_001)], 10_000)
    assert told(ring, 9989, None, 100) is None


def test_the_place_right_before_the_first_message_is_good_and_the_one_before_it_is_not() -> None:
    ring = Ring(SECONDS, MOST)
    ring.begin("k")
    ring.add(Entry(100, 0.0, push()))
    assert told(ring, 99, None, 5) == ([100], 100)
    assert told(ring, 98, None, 5) is None


def test_time_alone_drops_what_is_old() -> None:
    ring = Ring(SECONDS, MOST)
    ring.begin("k")
    ring.add(Entry(1, 0.0, push()))
    ring.drop_old(SECONDS + 1)
    assert (len(ring), told(ring, 0, None, 5), told(ring, 1, None, 5)) == (0, None, ([], 1))


def test_a_stream_in_which_nothing_is_recent_has_a_present() -> None:
    ring = Ring(SECONDS, MOST)
    ring.begin("k")
    ring.settle(500)
    assert str(ring.cursor) == "k-500"
    assert told(ring, 500, None, 5) == ([], 500)
    assert told(ring, 499, None, 5) is None


def test_settling_changes_nothing_once_something_came() -> None:
    ring = Ring(SECONDS, MOST)
    ring.begin("k")
    ring.look(7)
    ring.settle(5)
    assert (ring.cursor.sequence, told(ring, 6, None, 5)) == (7, ([], 7))


def test_a_cursor_of_another_stream_has_expired() -> None:
    ring = Ring(SECONDS, MOST)
    ring.begin("k")
    ring.add(Entry(1, 0.0, push()))
    with pytest.raises(Expired):
        ring.after(Cursor("j", 1), None, 5)


def test_a_cursor_ahead_keeps_its_place() -> None:
    ring = Ring(SECONDS, MOST)
    ring.begin("k")
    ring.add(Entry(1, 0.0, push()))
    assert told(ring, 5, None, 5) == ([], 5)


@given(st.integers(0, 2**53), st.integers(0, 10**18))
def test_a_cursor_is_read_as_it_was_written(created: int, sequence: int) -> None:
    cursor = Cursor(incarnation_of(created), sequence)
    assert parsed(str(cursor)) == cursor


@given(st.integers(0, 2**53), st.integers(0, 2**53))
def test_two_streams_have_two_names(one: int, other: int) -> None:
    assert (incarnation_of(one) == incarnation_of(other)) == (one == other)


@pytest.mark.parametrize(
    "text", ["", "k", "k-", "-1", "k--1", "k-01", "K-1", "k-1 ", "k-1\n", "k-" + "9" * 30, "k-\u0661"]
)
def test_what_is_no_cursor_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        parsed(text)
