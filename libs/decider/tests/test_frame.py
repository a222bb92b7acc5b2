"""What is left to decide of a batch."""

from uuid import UUID, uuid4

from banstream_contracts.infraction_messages import AnyCommand
from banstream_decider.frame import undecided
from banstream_decider.ports import Received
from banstream_testing.infractions import issue


def received(player_id: str, command_id: UUID) -> Received[AnyCommand]:
    return Received(issue(player_id, command_id=command_id))


def test_of_two_with_one_id_the_first_is_decided() -> None:
    same = uuid4()
    first, second = received("1", same), received("2", same)
    assert undecided([first, second], set()) == {same: first}


def test_what_is_known_is_left_out() -> None:
    known, new = uuid4(), uuid4()
    fresh = received("2", new)
    assert undecided([received("1", known), fresh, received("3", known)], {known}) == {new: fresh}
    assert undecided([received("1", known)], {known: "its result"}) == {}


def test_the_order_is_kept() -> None:
    ids = [uuid4() for _ in range(5)]
    given = [received(str(number), each) for number, each in enumerate([*ids, *reversed(ids)], start=1)]
    assert list(undecided(given, set())) == ids
    assert list(undecided(given, {ids[1]}).values()) == [given[0], *given[2:5]]
