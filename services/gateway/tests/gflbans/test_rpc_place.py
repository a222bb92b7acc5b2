"""What was taken of a queue, against a plain set."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.presence import RpcPlace
from banstream_gateway.feed.ring import Cursor
from banstream_gateway.game_servers.rpc_place import Place, RpcEvent, advanced, merged, untaken

MADE = "a1"


def event(sequence: int, part: int = 0) -> RpcEvent:
    return RpcEvent(f"{sequence:020x}{part:04x}", sequence, {})


ALL = [event(sequence, part) for sequence in range(1, 9) for part in range(1 + sequence % 2)]
"""Some sequences tell two things, as an infraction of a player and of an address does."""

subsets = st.sets(st.sampled_from([each.id for each in ALL]))


def ids(events: list[RpcEvent]) -> set[str]:
    return {each.id for each in events}


@given(st.lists(st.tuples(subsets, st.integers(0, 8)), max_size=6))
def test_what_waits_is_what_was_never_taken(steps: list[tuple[set[str], int]]) -> None:
    """Whatever is taken, in whatever order, while more comes."""
    place, taken, end = None, set(), 0
    for wanted, more in steps:
        end = max(end, more)
        there = [each for each in ALL if each.sequence <= end]
        readable = [each for each in there if place is None or each.sequence > place.sequence]
        chosen = wanted & ids(untaken(place, readable, MADE))
        taken |= chosen
        place = advanced(place, readable, Cursor(MADE, end), chosen)
        assert ids(untaken(place, there, MADE)) == ids(there) - taken
        assert set(place.taken) <= taken
        assert place.sequence <= end


@given(subsets, subsets)
def test_two_gateways_that_took_something_took_both(one: set[str], other: set[str]) -> None:
    end = Cursor(MADE, 8)
    places = [advanced(None, ALL, end, each) for each in (one, other)]
    both = merged(*places)
    assert ids(untaken(both, ALL, MADE)) == ids(ALL) - one - other
    assert ids(untaken(merged(*reversed(places)), ALL, MADE)) == ids(ALL) - one - other


def test_what_was_taken_in_order_needs_no_mention() -> None:
    place = advanced(None, ALL, Cursor(MADE, 8), ids(ALL[:3]))
    assert place == Place(MADE, 2)
    assert advanced(place, ALL[3:], Cursor(MADE, 9), ids(ALL)) == Place(MADE, 9)


def test_one_that_waits_holds_no_other_back() -> None:
    place = advanced(None, ALL, Cursor(MADE, 8), ids(ALL[1:]))
    assert ids(untaken(place, ALL, MADE)) == {ALL[0].id}
    assert place.sequence == 0


def test_what_can_no_longer_be_read_is_forgotten() -> None:
    place = advanced(None, ALL, Cursor(MADE, 8), ids(ALL[1:]))
    assert advanced(place, ALL[4:], Cursor(MADE, 8), frozenset()) == Place(MADE, 8)


def test_a_stream_made_anew_starts_with_nothing_taken() -> None:
    old = Place("b2", 4711, (ALL[0].id,))
    assert ids(untaken(old, ALL, MADE)) == ids(ALL)
    assert advanced(old, ALL, Cursor(MADE, 8), {ALL[0].id, ALL[1].id}).incarnation == MADE
    assert merged(old, Place(MADE, 1)) == Place(MADE, 1)


def test_a_place_is_what_the_contract_says() -> None:
    for written in (Place(MADE, 7), Place(MADE, 7, (ALL[0].id,))):
        read = RpcPlace.model_validate_json(msgspec.json.encode(written))
        assert msgspec.json.decode(read.model_dump_json(), type=Place) == written
