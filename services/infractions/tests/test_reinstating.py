"""Putting an infraction back in force, changed too, and what is decided in sight of one that is another by now."""

from typing import Any

import pytest
from services.infractions.tests.scenes import (
    ADMIN,
    IDS,
    OURS,
    POLICY,
    THEIRS,
    about,
    amend,
    by,
    by_policy,
    code,
    issue,
    lift,
    make_admin,
    online,
    register,
    reinstate,
    serve,
)
from services.infractions.tests.test_evidence import attach
from services.infractions.tests.undoing_scenes import play

from banstream_contracts.admins import Right
from banstream_contracts.commands.appeals import RenewAppealCode
from banstream_contracts.commands.infractions import InfractionChanges, ReinstateInfraction
from banstream_contracts.events.infractions import InfractionAmended, InfractionReinstated
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Lifetime, Punishment, Scope, Status

TIMED = issue(lifetime=Lifetime.TIMED, duration_seconds=60)
OVER = (TIMED, 61.0)
SERVED = (online(), serve(seconds=600))
VOICE, CHAT = Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK


def back(infraction_id: str = IDS[0], **changes: Any) -> ReinstateInfraction:
    """Changed."""
    return reinstate(infraction_id).model_copy(update={"changes": InfractionChanges(**changes)})


def shown(command: Any, position: int) -> AnyCommand:
    """As somebody asks for it who was shown the infraction as of a position."""
    changed: AnyCommand = command.model_copy(update={"seen_position": position})
    return changed


@pytest.mark.parametrize(
    ("ended", "changes"),
    [
        (OVER, {"lifetime": Lifetime.PERMANENT}),
        (OVER, {"duration_seconds": 3600}),
        (OVER, {"duration_seconds": None}),
        ((TIMED, lift(), 61.0), {"duration_seconds": 3600}),
        (SERVED, {"time_left_seconds": 60}),
        (SERVED, {"lifetime": Lifetime.SESSION}),
        ((issue(), lift()), {"reason": "x", "punishments": (CHAT,)}),
        ((issue(), lift()), {"punishments": ()}),
    ],
    ids=["for good", "longer", "without an end", "lifted, over", "more time", "session", "lifted", "as a warning"],
)
def test_what_has_ended_is_put_back_changed(ended: tuple[Any, ...], changes: dict[str, Any]) -> None:
    made = play(*ended)
    decision = made.do(back(**changes))
    assert [type(event) for event in decision.events] == [InfractionReinstated, InfractionAmended]
    assert made.infraction().status is Status.ACTIVE
    assert (made.infraction().ended_at, made.infraction().ended_by, made.infraction().ended_reason) == (None,) * 3
    held = made.infraction()
    assert {name: getattr(held, name) for name in changes} == changes
    assert made.do(back(**changes)).events == (), "again"


@pytest.mark.parametrize(
    ("ended", "changes"),
    [
        (OVER, None),
        (OVER, {"reason": "x"}),
        (OVER, {"duration_seconds": 61}),
        ((TIMED, lift(), 61.0), None),
        (SERVED, None),
        (SERVED, {"time_left_seconds": 0}),
        (SERVED, {"reason": "x"}),
    ],
    ids=["over", "over, reworded", "over all the same", "lifted, over", "served", "none left", "served, reworded"],
)
def test_what_would_be_over_at_once_is_not_put_back(ended: tuple[Any, ...], changes: dict[str, Any] | None) -> None:
    made = play(*ended)
    decision = made.do(back(**changes) if changes else reinstate())
    assert (code(decision), decision.events) == ("not-lifted", ())


def test_a_change_that_cannot_be_puts_nothing_back() -> None:
    made = play(issue(punishments=(Punishment.BAN,)), lift())
    decision = made.do(back(time_left_seconds=60))
    assert (code(decision), decision.events) == ("invalid-change", ())


def test_what_has_not_ended_is_changed_only() -> None:
    made = play(issue())
    assert made.do(reinstate()).events == ()
    assert [type(event) for event in made.do(back(reason="x")).events] == [InfractionAmended]
    assert (made.infraction().reason, made.infraction().status) == ("x", Status.ACTIVE)


def test_it_is_put_back_with_a_tiering_policy_that_there_is() -> None:
    made = play(register(), by_policy(IDS[0]), amend(tiering_policy_id=None), lift())
    assert code(made.do(back(tiering_policy_id="9" * 24))) == "unknown-tiering-policy"
    assert made.do(back(tiering_policy_id=POLICY)).refusal is None
    assert made.infraction().tiering_policy_id == POLICY


def test_an_admin_puts_back_what_they_may_change_no_other() -> None:
    made = play(make_admin(Right.EDIT_ALL), issue(), lift())
    assert code(made.do(by(back(server_id=THEIRS), ADMIN))) == "insufficient-rights"
    assert code(made.do(by(back(scope=Scope.COMMUNITY), ADMIN))) == "insufficient-rights"
    assert made.infraction().status is Status.LIFTED
    assert made.do(by(back(reason="x"), ADMIN)).refusal is None


def test_a_server_puts_back_nothing_of_another_one() -> None:
    made = play(issue(scope=Scope.SERVER, server_id=THEIRS), lift())
    assert code(made.do(by(back(reason="x"), server_id=OURS))) == "other-server"


REVISING: dict[str, tuple[tuple[Any, ...], Any]] = {
    "lift": ((issue(),), lift()),
    "amend": ((issue(),), amend(reason="x")),
    "reinstate": ((issue(), lift()), reinstate()),
    "reinstate changed": ((issue(), lift()), back(reason="x")),
    "reinstate what is over": (OVER, back(lifetime=Lifetime.PERMANENT)),
}
of_each = pytest.mark.parametrize(("steps", "command"), REVISING.values(), ids=REVISING)


@of_each
def test_it_is_done_as_it_was_shown_and_once(steps: tuple[Any, ...], command: Any) -> None:
    made = play(*steps)
    wanted = shown(command, made.infraction().position)
    assert made.do(wanted).events
    held = made.infraction()
    again = made.do(wanted)
    assert (again.events, again.refusal, made.infraction()) == ((), None, held)


@of_each
@pytest.mark.parametrize(
    "meanwhile",
    [attach(), RenewAppealCode(**about(infraction_id=IDS[0]))],
    ids=["evidence", "another code"],
)
def test_it_is_refused_where_anything_has_changed(steps: tuple[Any, ...], command: Any, meanwhile: Any) -> None:
    made = play(*steps)
    wanted = shown(command, made.infraction().position)
    assert made.do(meanwhile).events
    held = made.infraction()
    decision = made.do(wanted)
    assert (code(decision), decision.events, decision.touched) == ("infraction-changed", (), (IDS[0],))
    assert made.infraction() == held
    assert made.do(command).events, "who was shown nothing may"


@pytest.mark.parametrize("command", [lift(), amend(reason="x"), back(reason="x")], ids=["lift", "amend", "reinstate"])
def test_what_somebody_else_has_done_meanwhile_is_never_overwritten(command: Any) -> None:
    made = play(issue(), lift(), reinstate(), amend(category="spam"))
    decision = made.do(shown(command, 1))
    assert (code(decision), decision.events) == ("infraction-changed", ())


def test_what_has_run_out_since_it_was_shown_has_changed() -> None:
    made = play(TIMED, 61.0)
    assert code(made.decide(shown(lift(), 1))) == "infraction-changed"
    assert code(made.decide(shown(back(duration_seconds=3600), 1))) == "infraction-changed"
    assert code(made.decide(lift())) == "ended"


def test_another_infraction_of_the_player_is_no_change() -> None:
    made = play(issue(), issue(IDS[1]), lift(IDS[1]))
    assert made.do(shown(lift(), 1)).events


def test_what_is_not_there_is_unknown_whatever_was_shown() -> None:
    for command in (lift(), amend(reason="x"), back(reason="x")):
        assert code(play().do(shown(command, 1))) == "unknown-infraction"
