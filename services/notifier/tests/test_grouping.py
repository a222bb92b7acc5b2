"""Which events wait for what is new, and which one request tells: nobody's order changes that anybody sees."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.erasure import PlayerErased
from banstream_contracts.players import Player
from banstream_notifier.envelope import Envelope
from banstream_notifier.erasing import ERASURE
from banstream_notifier.grouping import changed_by, deferred, told_together
from banstream_testing.abuse import STAFF
from banstream_testing.notifier import issued

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STANDING = {f"{number:024x}": f"message {number // 2}" for number in range(4)}
"""Two infractions in each of two messages; those from 4 on were never told."""


def happened(place: int, number: int, *, again: bool = False) -> Envelope:
    """To a player of that number, and one more."""
    body = {"infraction_id": f"{number:024x}"}
    return Envelope(UUID(int=place), "infraction.issued", {}, body, issued(number), NOW, place, again=again)


def erasure(place: int, number: int = 0) -> Envelope:
    player = Player(service="roblox", id=str(number + 1))
    erased = PlayerErased(player=player, reason="asked for", actor=STAFF, occurred_at=NOW)
    return Envelope(UUID(int=place), ERASURE, {}, {}, erased, NOW, place)


def later(*arrived: Envelope, edits: bool = True, waiting: frozenset[int] = frozenset()) -> list[int]:
    standing = STANDING if edits else {}
    keys = {f"{number:024x}" for number in waiting}
    return [each.sequence for each in deferred(arrived, standing, keys, (), edits=edits)]


def places(*waiting: Envelope, edits: bool = True) -> list[int]:
    return [each.sequence for each in told_together(waiting, STANDING if edits else {})]


def test_changes_of_messages_wait_also_of_one_that_is_being_made() -> None:
    assert later(happened(1, 0), happened(2, 8), happened(3, 1), happened(4, 8), happened(5, 9)) == [1, 3, 4]


def test_what_follows_something_that_waits_waits_behind_it() -> None:
    assert later(happened(1, 8), happened(2, 9), waiting=frozenset({8})) == [1]


def test_where_nothing_is_changed_nothing_waits_but_for_erasures() -> None:
    arrived = (happened(1, 8), happened(2, 0), happened(3, 8), erasure(4, 8), happened(5, 8), happened(6, 9))
    assert later(*arrived, edits=False) == [4, 5]


def test_what_is_new_goes_past_an_erasure_but_for_what_is_told_of_the_erased_player() -> None:
    arrived = (happened(1, 8), erasure(2, 8), happened(3, 8), happened(4, 9))
    assert later(*arrived) == [2, 3]
    waiting = deferred([happened(3, 8), happened(4, 9), happened(5, 8)], STANDING, (), [erasure(2, 8)], edits=True)
    assert [each.sequence for each in waiting] == [3, 5]


def test_what_is_told_again_is_new() -> None:
    assert later(happened(1, 0), happened(2, 0, again=True), happened(3, 0)) == [1, 3]
    assert later(happened(1, 8, again=True), happened(2, 8)) == [2]


def test_what_waits_for_a_message_is_one_change_of_it_past_those_of_others() -> None:
    assert places(happened(1, 0), happened(2, 2), happened(3, 1), happened(4, 3), happened(5, 0)) == [1, 3, 5]


def test_ten_make_a_message() -> None:
    assert places(*(happened(place, place + 10) for place in range(1, 20))) == list(range(1, 11))


def test_a_message_shows_an_infraction_once() -> None:
    assert places(happened(1, 8), happened(2, 9), happened(3, 8)) == [1, 2]
    assert places(happened(1, 8), happened(2, 8, again=True)) == [1]
    assert places(happened(1, 8), happened(2, 0), happened(3, 9), edits=False) == [1, 2, 3]


def test_what_is_told_again_is_a_message_of_its_own_beside_what_is_new() -> None:
    assert places(happened(1, 8), happened(2, 0, again=True), happened(3, 9, again=True)) == [1, 2, 3]


def test_an_erasure_is_by_itself() -> None:
    assert places(erasure(2), happened(3, 8), erasure(4)) == [2]
    assert places(happened(1, 8), erasure(2), happened(3, 9)) == [1]


def test_an_event_that_is_told_again_is_not_twice_in_one_message() -> None:
    once = Envelope(UUID(int=1), "policy.set", {}, {}, None, NOW, 1)
    again = Envelope(UUID(int=1), "policy.set", {}, {}, None, NOW, 2, again=True)
    assert places(once, again) == [1]


@st.composite
def batches(draw: st.DrawFn) -> list[list[Envelope]]:
    """What arrives, in batches."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(["event", "erasure"]), st.integers(0, 6)), max_size=25))
    arrived = [
        erasure(place, number) if kind == "erasure" else happened(place, number)
        for place, (kind, number) in enumerate(drawn, 1)
    ]
    size = draw(st.integers(1, 25))
    return [arrived[start : start + size] for start in range(0, len(arrived), size)]


@given(batches(), st.booleans())
def test_each_is_told_once_and_what_is_told_of_one_infraction_or_player_keeps_its_order(
    arriving: list[list[Envelope]], edits: bool
) -> None:
    """As the worker does: what is new of a batch first, then one request of what waits, then the next batch."""
    standing = dict(STANDING) if edits else {}
    requests: list[list[Envelope]] = []
    waiting: list[Envelope] = []

    def tell(some: list[Envelope]) -> list[Envelope]:
        together = told_together(some, standing)
        requests.append(together)
        if together[0].type != ERASURE and changed_by(together[0], standing) is None and edits:
            standing.update({each.message_key or "": f"new {len(requests)}" for each in together})
        return [each for each in some if each not in together]

    for batch in [*arriving, *([] for _ in range(30))]:
        erasures = [each for each in waiting if each.type == ERASURE]
        keys = {each.message_key for each in waiting if each.message_key}
        behind = deferred(batch, standing, keys, erasures, edits=edits)
        new = [each for each in batch if each not in behind]
        while new:
            new = tell(new)
        waiting += behind
        if waiting:
            end = next((at for at, each in enumerate(waiting) if each.type == ERASURE), len(waiting))
            ready, rest = waiting[: max(end, 1)], waiting[max(end, 1) :]
            waiting = tell(ready) + rest
    told = {each.sequence: number for number, together in enumerate(requests) for each in together}
    arrived = [each for batch in arriving for each in batch]
    assert sorted(told) == [each.sequence for each in arrived]
    for at, one in enumerate(arrived):
        for other in arrived[at + 1 :]:
            if one.message_key == other.message_key or _is_of(one, other) or _is_of(other, one):
                assert told[one.sequence] <= told[other.sequence]


def _is_of(gone: Envelope, told: Envelope) -> bool:
    return isinstance(gone.event, PlayerErased) and getattr(told.event, "player", None) == gone.event.player
