"""The checker's own model: it accuses exactly when a promise is broken."""

import pytest
from tests.chaos.model import APART_SECONDS, COPIED_SECONDS, Model

ONE, TWO, ONE_AGAIN = "gateway-1 #1", "gateway-2 #1", "gateway-1 #2"
LATER = 100.0


def asked(model: Model, gate: str = ONE, *, is_done: bool = True, lifts: bool = False) -> None:
    model.asks("p", gate, lifts=lifts)
    model.accepted("p", gate, lifts=lifts, is_done=is_done)


def says(model: Model, gate: str, *, is_banned: bool, stale_seconds: float | None = None) -> list[str]:
    model.checked(model.expects("p", gate), gate, is_banned=is_banned, stale_seconds=stale_seconds)
    return model.wrong


def model_at(*, killed: float) -> tuple[Model, list[float]]:
    """A model whose clock stands where the list says, and a first life of a gateway that ends."""
    clock = [0.0]
    return Model(killed_at={ONE: killed}, now=lambda: clock[0]), clock


def test_a_ban_that_a_gateway_has_answered_is_known_to_it() -> None:
    model = Model()
    asked(model)
    assert says(model, ONE, is_banned=False) == ["gateway-1 #1 said that p is free, and knew: banned (BAN_ACCEPTED)"]


def test_a_ban_that_was_only_stored_may_be_told_later() -> None:
    model = Model()
    asked(model, is_done=False)
    assert not says(model, ONE, is_banned=False)
    assert not says(model, ONE, is_banned=True)
    assert says(model, ONE, is_banned=False)


def test_another_gateway_may_learn_it_later_and_then_everybody_knows() -> None:
    model = Model()
    asked(model)
    assert not says(model, TWO, is_banned=False)
    assert not says(model, TWO, is_banned=True)
    assert says(model, ONE_AGAIN, is_banned=False)


def test_a_gateway_that_was_started_anew_knows_only_what_all_are_told() -> None:
    model = Model()
    asked(model)
    assert not says(model, ONE_AGAIN, is_banned=False)


def test_a_check_that_was_answered_by_a_later_life_is_not_held_to_the_former() -> None:
    model = Model()
    asked(model)
    model.checked(model.expects("p", ONE), ONE_AGAIN, is_banned=False)
    assert not model.wrong


def test_nobody_is_banned_who_never_was() -> None:
    assert says(Model(), ONE, is_banned=True)


def test_a_check_that_a_ban_overtakes_may_say_either() -> None:
    model = Model()
    expected = model.expects("p", ONE)
    asked(model)
    model.checked(expected, ONE, is_banned=True)
    model.checked(expected, ONE, is_banned=False)
    assert not model.wrong


def test_a_lift_that_a_gateway_has_answered_is_known_to_it() -> None:
    model = Model()
    asked(model)
    model.asks("p", ONE, lifts=True)
    assert not says(model, ONE, is_banned=True)
    model.accepted("p", ONE, lifts=True, is_done=True)
    assert not says(model, TWO, is_banned=True)
    assert says(model, ONE, is_banned=True)


def test_a_gateway_that_never_heard_of_the_ban_does_not_prove_its_end() -> None:
    model = Model()
    asked(model)
    asked(model, lifts=True)
    assert not says(model, TWO, is_banned=False)
    assert not says(model, TWO, is_banned=True)


def test_in_the_end_everything_accepted_has_happened() -> None:
    model = Model()
    model.asks("maybe", ONE, lifts=False)
    asked(model)
    assert (model.of(is_banned=True), model.of(is_banned=None)) == ({"p"}, {"maybe"})
    asked(model, lifts=True)
    assert model.of(is_banned=False) == {"p"}


def test_a_gateway_that_has_answered_may_refuse_no_check() -> None:
    model = Model()
    model.refused(ONE, "503: not loaded yet")
    assert not says(model, ONE, is_banned=False)
    model.refused(ONE_AGAIN, "503: not loaded yet")
    model.refused(None, "503: it ended meanwhile")
    assert not model.wrong
    model.refused(ONE, "503: away")
    assert model.wrong == ["gateway-1 #1 has answered checks before and refused one with 503: away"]


def test_who_is_without_news_still_knows_what_it_has_answered_itself() -> None:
    model = Model()
    asked(model)
    assert says(model, ONE, is_banned=False, stale_seconds=1000)


@pytest.mark.parametrize(
    ("stale_seconds", "is_accused"), [(LATER - APART_SECONDS - 1, True), (LATER, False), (None, True)]
)
def test_who_is_without_news_has_to_know_what_was_told_before(stale_seconds: float | None, *, is_accused: bool) -> None:
    model, clock = model_at(killed=0)
    asked(model, TWO)
    says(model, ONE, is_banned=True)
    clock[0] = LATER
    assert bool(says(model, ONE_AGAIN, is_banned=False, stale_seconds=stale_seconds)) is is_accused


@pytest.mark.parametrize(("killed", "is_accused"), [(COPIED_SECONDS, True), (COPIED_SECONDS - 1, False)])
@pytest.mark.parametrize("lifts", [False, True])
def test_a_copy_holds_what_was_known_so_long_before_the_end(killed: float, *, lifts: bool, is_accused: bool) -> None:
    model, clock = model_at(killed=killed)
    asked(model)
    if lifts:
        asked(model, lifts=True)
    clock[0] = LATER
    assert bool(says(model, ONE_AGAIN, is_banned=lifts, stale_seconds=LATER)) is is_accused


def test_a_copy_that_is_newer_than_the_life_that_knew_is_not_held_to_it() -> None:
    model, clock = model_at(killed=COPIED_SECONDS)
    asked(model)
    clock[0] = LATER
    assert not says(model, ONE_AGAIN, is_banned=False, stale_seconds=LATER / 2)


def test_what_a_copy_holds_of_another_gateway_is_not_known() -> None:
    model, clock = model_at(killed=COPIED_SECONDS)
    asked(model)
    clock[0] = LATER
    assert not says(model, TWO, is_banned=False, stale_seconds=LATER)


def test_what_comes_from_a_copy_is_not_told_to_all() -> None:
    model = Model()
    asked(model)
    assert not says(model, ONE_AGAIN, is_banned=True, stale_seconds=7)
    assert not says(model, TWO, is_banned=False)
    assert not says(model, ONE_AGAIN, is_banned=True)
    assert says(model, TWO, is_banned=False)
