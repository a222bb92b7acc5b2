"""The checker's own model: it accuses exactly when a promise is broken."""

from tests.chaos.model import Model

ONE, TWO, ONE_AGAIN = "gateway-1 #1", "gateway-2 #1", "gateway-1 #2"


def asked(model: Model, gate: str = ONE, *, is_done: bool = True, lifts: bool = False) -> None:
    model.asks("p", gate, lifts=lifts)
    model.accepted("p", gate, lifts=lifts, is_done=is_done)


def says(model: Model, gate: str, *, is_banned: bool) -> list[str]:
    model.checked(model.expects("p", gate), gate, is_banned=is_banned)
    return model.wrong


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
