"""What beats come to, against a plain list of seconds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.presence import ServerPresence
from banstream_gateway.game_servers.accounting import MOST_SECONDS, Presence, Seen, beat

START = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = "a" * 24
PLAYERS = ("1", "2", "3")

gaps = st.one_of(
    st.integers(0, 900_500),
    st.sampled_from([0, 1, 999, 1000, 1001, 30_000, 599_999, 600_000, 600_999, 601_000, 899_999, 900_000, 900_001]),
)
"""Milliseconds to the next beat; some come twice, and some late."""

beats = st.lists(st.tuples(gaps, st.sets(st.sampled_from(PLAYERS)), st.booleans()), max_size=25)


def presence(at: datetime, players: set[str]) -> Presence:
    return Presence(SERVER, at, at, players=tuple(Seen("roblox", each) for each in sorted(players)))


def at(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


@dataclass
class Model:
    """Time in milliseconds: who was there at the last beat, and from when on time is not counted yet."""

    served: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLAYERS, 0))
    players: set[str] = field(default_factory=set)
    last: int | None = None
    open_from: int = 0

    def beat(self, now: int, players: set[str]) -> None:
        if self.last is not None and now <= self.last:
            return
        if self.last is None or now - self.last > 900_000:
            self.open_from = now
        else:
            whole = (now - self.open_from) // 1000
            for player in players & self.players:
                self.served[player] += min(whole, 600)
            self.open_from = now if whole > 600 else self.open_from + whole * 1000
        self.last, self.players = now, players


@given(beats)
def test_any_sequence_of_beats_counts_what_a_plain_model_counts(beats: list[tuple[int, set[str], bool]]) -> None:
    model, stored, served = Model(), None, dict.fromkeys(PLAYERS, 0)
    now = 0
    for gap, players, is_late in beats:
        now += gap
        moment = max(0, now - 2 * gap) if is_late else now
        model.beat(moment, players)
        found = beat(stored, presence(at(moment), players))
        stored = found.presence or stored
        for _, player in found.staying if found.seconds else ():
            served[player] += found.seconds
    assert served == model.served


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=40))
def test_who_stays_serves_every_whole_second_however_often_the_server_beats(gaps: list[int]) -> None:
    stored, served, now = presence(START, {"1"}), 0, 0
    for gap in gaps:
        now += gap
        found = beat(stored, presence(at(now), {"1"}))
        assert found.presence is not None
        stored, served = found.presence, served + found.seconds
    assert served == now // 1000


@given(beats)
def test_no_second_is_counted_twice(beats: list[tuple[int, set[str], bool]]) -> None:
    """Each stretch begins where the one before it ended, or later: its beginning names it for ever."""
    stored, until, now = None, START, 0
    for gap, players, is_late in beats:
        now += gap
        found = beat(stored, presence(at(max(0, now - 2 * gap) if is_late else now), players))
        if found.seconds:
            assert found.since is not None
            assert found.since >= until
            until = found.since + timedelta(seconds=found.seconds)
            assert found.presence is not None
            assert until <= found.presence.counted_until <= found.presence.beat_at
        stored = found.presence or stored


def test_the_same_beat_again_counts_nothing() -> None:
    first = presence(START, {"1"})
    second = beat(first, presence(at(30_000), {"1"}))
    assert (second.seconds, second.staying) == (30, frozenset({("roblox", "1")}))
    again = beat(second.presence, presence(at(30_000), {"1"}))
    assert (again.presence, again.seconds, again.staying) == (None, 0, frozenset({("roblox", "1")}))


def test_a_joiner_and_a_leaver_do_not_stay() -> None:
    found = beat(presence(START, {"1", "2"}), presence(at(30_000), {"2", "3"}))
    assert found.staying == {("roblox", "2")}


def test_a_long_gap_counts_ten_minutes_and_a_longer_one_nothing() -> None:
    first = presence(START, {"1"})
    assert beat(first, presence(at(899_000), {"1"})).seconds == MOST_SECONDS
    forgotten = beat(first, presence(at(900_001), {"1"}))
    assert (forgotten.seconds, forgotten.staying) == (0, frozenset())


def test_a_beat_of_a_clock_that_ran_far_ahead_holds_up_no_later_one() -> None:
    ahead = presence(at(86_400_000), {"1"})
    assert not ahead.is_online(START)
    first = beat(ahead, presence(START, {"1"}))
    assert (first.presence, first.seconds) == (presence(START, {"1"}), 0)
    assert beat(first.presence, presence(at(30_000), {"1"})).seconds == 30


def test_who_was_away_in_between_did_not_stay() -> None:
    found = beat(presence(START, {"1", "2"}), presence(at(60_000), {"1", "2"}), steady={("roblox", "2")})
    assert (found.staying, found.seconds) == (frozenset({("roblox", "2")}), 60)


def test_a_presence_is_what_the_contract_says() -> None:
    full = Presence(
        SERVER,
        START,
        at(999),
        *("Dust", "de_dust2", "csgo", "Linux", 32),
        locked=True,
        ignores_others=True,
        players=(Seen("roblox", "1"),),
    )
    assert set(msgspec.structs.asdict(full)) == set(ServerPresence.model_fields)
    for written in (full, presence(START, set())):
        read = ServerPresence.model_validate_json(msgspec.json.encode(written))
        assert msgspec.json.decode(read.model_dump_json(), type=Presence) == written
