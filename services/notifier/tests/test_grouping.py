"""Which events one request to Discord tells: nobody's order changes that anybody sees."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE
from banstream_notifier.grouping import changed_by, told_together

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STANDING = {f"{number:024x}": f"message {number // 2}" for number in range(4)}
"""Two infractions in each of two messages; those from 4 on were never told."""


def happened(place: int, number: int, kind: str = "infraction.lifted", *, again: bool = False) -> Envelope:
    body = {"infraction_id": f"{number:024x}"}
    return Envelope(UUID(int=place), kind, {}, body, None, NOW, place, again=again)


def erasure(place: int) -> Envelope:
    return Envelope(UUID(int=place), ERASURE, {}, {}, None, NOW, place)


def places(*waiting: Envelope, edits: bool = True) -> list[int]:
    standing = STANDING if edits else {}
    return [each.sequence for each in told_together(waiting, standing, edits=edits)]


def test_what_waits_for_a_message_is_one_change_of_it_past_those_of_others() -> None:
    assert places(happened(1, 0), happened(2, 2), happened(3, 1), happened(4, 3), happened(5, 0)) == [1, 3, 5]


def test_what_is_new_goes_before_changes() -> None:
    assert places(happened(1, 0), happened(2, 8), happened(3, 1), happened(4, 8), happened(5, 9)) == [2, 5]


def test_ten_make_a_message() -> None:
    assert places(*(happened(place, place + 10) for place in range(1, 20))) == list(range(1, 11))


def test_where_nothing_is_changed_everything_keeps_its_order() -> None:
    waiting = (happened(1, 8), happened(2, 0), happened(3, 8), happened(4, 9))
    assert places(*waiting, edits=False) == [1, 2]


@pytest.mark.parametrize("first", [0, 8], ids=["a-change", "a-new-one"])
def test_nothing_overtakes_an_erasure(first: int) -> None:
    assert places(happened(1, first), erasure(2), happened(3, first + 1)) == [1]
    assert places(erasure(2), happened(3, first), erasure(4)) == [2]


def test_what_is_told_again_is_a_new_message_in_its_turn() -> None:
    assert places(happened(1, 0), happened(2, 0, again=True), happened(3, 0)) == [1]
    assert places(happened(2, 0, again=True), happened(3, 0), happened(4, 9)) == [2, 4]
    assert places(happened(1, 8), happened(2, 0, again=True), happened(3, 9, again=True)) == [1, 2, 3]
    assert places(happened(1, 8), happened(2, 0), happened(3, 9, again=True)) == [1]
    assert places(happened(1, 8), happened(2, 8, again=True)) == [1]


def test_an_event_that_is_told_again_is_not_twice_in_one_message() -> None:
    once = Envelope(UUID(int=1), "policy.set", {}, {}, None, NOW, 1)
    again = Envelope(UUID(int=1), "policy.set", {}, {}, None, NOW, 2, again=True)
    assert places(once, again) == [1]


KINDS = st.sampled_from(["change", "again", "erasure"])


@st.composite
def waiting_events(draw: st.DrawFn) -> list[Envelope]:
    drawn = draw(st.lists(st.tuples(KINDS, st.integers(0, 6)), min_size=1, max_size=25))
    return [
        erasure(place) if kind == "erasure" else happened(place, number, again=kind == "again")
        for place, (kind, number) in enumerate(drawn, 1)
    ]


@given(waiting_events(), st.booleans())
def test_each_is_told_once_and_whatever_shows_an_order_keeps_it(waiting: list[Envelope], edits: bool) -> None:
    standing = dict(STANDING) if edits else {}
    left = waiting
    requests: dict[int, int] = {}
    new: list[int] = []
    while left:
        together = told_together(left, standing, edits=edits)
        left = [each for each in left if each not in together]
        number = len(set(requests.values()))
        requests |= {each.sequence: number for each in together}
        if together[0].type != ERASURE and changed_by(together[0], standing) is None:
            new += [each.sequence for each in together]
            standing |= {each.message_key: f"new {number}" for each in together if edits and each.message_key}
    assert sorted(requests) == [each.sequence for each in waiting]
    assert new == sorted(new)
    for place, one in enumerate(waiting):
        for later in waiting[place + 1 :]:
            if ERASURE in {one.type, later.type}:
                assert requests[one.sequence] < requests[later.sequence]
            elif one.again or later.again or one.message_key == later.message_key:
                assert requests[one.sequence] <= requests[later.sequence]
