"""Taking punishments off by player, address and right (facts gflbans 2.4, without its two bugs)."""

from typing import Any

import pytest
from services.infractions.tests.scenes import (
    ADMIN,
    ELSEWHERE,
    HERE,
    IDS,
    OTHER,
    PLAYER,
    SECOND_ADMIN,
    THEIRS,
    World,
    address,
    by,
    code,
    issue,
    lift_all,
    make_admin,
    world,
)

from banstream_contracts.admins import Right
from banstream_contracts.infractions import Lifetime, Punishment, Scope, Status
from banstream_contracts.results import LiftCounts

MUTE, GAG = (Punishment.VOICE_BLOCK,), (Punishment.CHAT_BLOCK,)
SILENCE = (*MUTE, *GAG)


def counts(considered: int, lifted: int, kept: int = 0) -> LiftCounts:
    return LiftCounts(considered=considered, lifted=lifted, kept=kept)


def three() -> World:
    """One of the player alone, one of the player at the address, one of another player at the address."""
    return world(
        issue(IDS[0]),
        issue(IDS[1], address=address()),
        issue(IDS[2], player=OTHER, address=address()),
        issue("4" * 24, player=None, address=address()),
        issue("5" * 24, player=None, address=address(ELSEWHERE)),
        issue("6" * 24, player=OTHER),
    )


@pytest.mark.parametrize(
    ("whom", "lifted"),
    [
        ({}, {"1", "2"}),
        ({"player": None, "address_hash": HERE}, {"2", "3", "4"}),
        ({"address_hash": HERE}, {"1", "2", "3", "4"}),
        ({"player": OTHER, "address_hash": ELSEWHERE}, {"3", "5", "6"}),
        ({"player": None, "address_hash": "cd" * 32}, set()),
        ({"player": None, "address_hash": "cd" * 32, "other_address_hashes": (HERE, ELSEWHERE)}, {"2", "3", "4", "5"}),
    ],
    ids=["player", "address", "either", "another", "nobody", "every-key"],
)
def test_it_ends_what_is_of_the_player_or_of_the_address(whom: dict[str, Any], lifted: set[str]) -> None:
    made = three()
    decision = made.do(lift_all(**whom))
    assert {infraction_id[0] for infraction_id in decision.touched} == lifted
    assert {each.id[0] for each in made.infractions() if each.status is Status.LIFTED} == lifted
    assert decision.counts == counts(len(lifted), len(lifted))
    again = made.do(lift_all(**whom))
    assert (again.events, again.counts) == ((), counts(0, 0))


def test_each_infraction_is_matched_by_itself() -> None:
    """The issuer's server counts matches over all of them, so that the gag of the silence goes too."""
    made = world(issue(IDS[0], punishments=MUTE), issue(IDS[1], punishments=SILENCE))
    decision = made.do(lift_all(punishments=MUTE))
    assert made.infraction(IDS[0]).status is Status.LIFTED
    assert (made.infraction(IDS[1]).status, made.infraction(IDS[1]).punishments) == (Status.ACTIVE, GAG)
    assert decision.counts == counts(2, 2)


def test_a_type_that_an_infraction_lacks_does_not_save_those_it_has() -> None:
    made = world(issue(punishments=(Punishment.BAN, *MUTE)))
    decision = made.do(lift_all(punishments=SILENCE))
    assert made.infraction().punishments == (Punishment.BAN,)
    assert decision.counts == counts(1, 1)


def test_what_has_none_of_the_types_is_considered_and_stays() -> None:
    made = world(issue(IDS[0], punishments=GAG), issue(IDS[1], punishments=MUTE))
    decision = made.do(lift_all(punishments=MUTE))
    assert (decision.counts, made.infraction(IDS[0]).status) == (counts(2, 1), Status.ACTIVE)


def test_what_is_not_in_force_is_not_considered() -> None:
    made = world(
        issue(IDS[0], punishments=()),
        issue(IDS[1], lifetime=Lifetime.SESSION),
        issue(IDS[2], lifetime=Lifetime.TIMED, duration_seconds=60),
    )
    made.pass_time(60)
    assert made.do(lift_all()).counts == counts(0, 0)


def test_warnings_go_where_all_is_taken_off_and_they_are_meant() -> None:
    """The issuer's server looks at them always, and ends them where no types are named."""
    warnings = issue(IDS[1], punishments=()), issue(IDS[2], player=OTHER, punishments=())
    made = world(issue(IDS[0], punishments=GAG), *warnings)
    assert made.do(lift_all(punishments=MUTE, with_warnings=True)).counts == counts(2, 0)
    assert made.do(lift_all(with_warnings=True)).counts == counts(2, 2)
    assert [made.infraction(each).status for each in IDS] == [Status.LIFTED, Status.LIFTED, Status.ACTIVE]
    assert made.do(lift_all(with_warnings=True)).counts == counts(0, 0)


@pytest.mark.parametrize(
    ("rights", "lifted", "expected"),
    [
        ((Right.ISSUE,), {IDS[0]}, counts(3, 1, 2)),
        ((Right.ISSUE, Right.EDIT_ALL), {*IDS}, counts(3, 3)),
        ((Right.EDIT_ALL,), {*IDS}, counts(3, 3)),
    ],
    ids=["own only", "all", "all without issuing"],
)
def test_others_infractions_are_kept_without_the_right_to_edit_all(
    rights: tuple[Right, ...], lifted: set[str], expected: LiftCounts
) -> None:
    made = world(make_admin(*Right), make_admin(*Right, player=SECOND_ADMIN))
    made.do(by(issue(IDS[0]), ADMIN), by(issue(IDS[1]), SECOND_ADMIN), issue(IDS[2]), make_admin(*rights))
    decision = made.do(by(lift_all(), ADMIN))
    assert (set(decision.touched), decision.counts) == (lifted, expected)


def test_an_admin_without_rights_takes_nothing_off() -> None:
    made = world(make_admin(Right.BAN), issue())
    assert code(made.do(by(lift_all(), ADMIN))) == "insufficient-rights"


def test_scope_and_server_choose_at_an_address_as_in_a_check() -> None:
    made = world(
        issue(IDS[0], player=OTHER, address=address(), scope=Scope.SERVER, server_id=THEIRS),
        issue(IDS[1], player=OTHER, address=address(), scope=Scope.GLOBAL, server_id=THEIRS),
        issue(IDS[2], player=PLAYER, address=address(), scope=Scope.COMMUNITY, server_id=THEIRS),
    )
    asked = lift_all(player=None, address_hash=HERE, server_id="a" * 24)
    own = asked.model_copy(update={"include_other_servers": False})
    assert set(made.decide(asked).touched) == {IDS[1], IDS[2]}
    assert set(made.decide(own).touched) == {IDS[2]}
