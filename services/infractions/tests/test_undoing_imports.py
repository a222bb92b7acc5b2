"""What was done to an imported infraction is taken back: it is the import's again where it is what that brought."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from services.infractions.tests.scenes import (
    ADMIN,
    HERE,
    IDS,
    OURS,
    START,
    World,
    about,
    address,
    amend,
    code,
    issue,
    lift,
    lift_all,
    make_admin,
    reinstate,
)
from services.infractions.tests.test_evidence import attach
from services.infractions.tests.test_importing import FIRST, SECOND, take
from services.infractions.tests.test_importing import take_back as take_back_import
from services.infractions.tests.undoing_scenes import BOB, UNDOER, ada, by, play, seen, take_back

from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, ReinstateInfraction
from banstream_contracts.events.infractions import InfractionAmended, InfractionReinstated
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor, Lifetime, Punishment, Status
from banstream_infractions.domain.importing import outcome_of

TIMED = take(ends_at=START + timedelta(days=30), note="seen twice", address=address())
CUT = amend(duration_seconds=1)
DEEDS: dict[str, list[AnyCommand | float]] = {
    "lifted": [ada(lift())],
    "freed": [ada(lift_all())],
    "amended": [ada(amend(reason="x", note=None, punishments=(Punishment.CHAT_BLOCK,)))],
    "amended, lifted": [ada(amend(category="spam")), ada(lift())],
    "shortened until it was over": [400 * 86_400.0, ada(CUT), 2],
    "import taken back": [ada(take_back_import())],
    "lifted, reinstated, amended": [ada(lift()), ada(reinstate()), ada(amend(reason="x"))],
}


def undone(*steps: AnyCommand | float) -> World:
    """What they did is taken back."""
    made = play(*steps)
    found = seen(made)
    assert found
    assert take_back(made, found).refusal is None
    return made


def became(made: World, digest: str = "1") -> str:
    """What an import makes of the row now."""
    return outcome_of(made.infraction(), digest * 64)


@pytest.mark.parametrize("deeds", DEEDS.values(), ids=DEEDS.keys())
def test_what_is_put_back_as_it_was_imported_is_the_imports_again(deeds: list[AnyCommand | float]) -> None:
    before = play(take(note="seen twice"))
    made = undone(take(note="seen twice"), *deeds)
    assert told(made) == told(before)
    assert (became(made), became(made, "2")) == ("same", "changed")
    assert made.do(take("2", SECOND, reason="wallhack")).refusal is None
    assert made.infraction().reason == "wallhack"


def told(made: World) -> dict[str, Any]:
    """All that it says, but for where it came to be so."""
    return made.infraction().model_dump(exclude={"position": True, "imported": {"position"}})


def test_one_that_ends_by_time_keeps_its_end() -> None:
    made = undone(TIMED, ada(CUT), ada(amend(lifetime=Lifetime.PERMANENT)))
    assert made.infraction().expires_at == START + timedelta(days=30)
    assert made.infraction().is_as_imported
    made.pass_time(31 * 86_400)
    assert (made.infraction().status, made.infraction().is_as_imported) == (Status.EXPIRED, True)


def test_its_import_is_taken_back_with_all_that_it_brought() -> None:
    made = undone(take(), ada(lift()))
    assert made.do(take_back_import(FIRST)).refusal is None
    assert made.infraction().status is Status.LIFTED
    assert became(made) == "changed", "a later import brings it again"


def test_what_staff_changed_on_purpose_stays_theirs() -> None:
    made = undone(take(), by(amend(reason="their own"), BOB), ada(lift()))
    assert (made.infraction().reason, made.infraction().status) == ("their own", Status.ACTIVE)
    assert became(made, "2") == "left"
    assert code(made.do(take("2", SECOND))) == "changed-here"
    assert code(made.do(take_back_import())) == "changed-here"


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([take(), ada(lift()), by(attach(), BOB)], "left"),
        ([take(), by(attach(), BOB), ada(lift())], "left"),
        ([take(), ada(take("3", SECOND, reason="x"))], "left"),
        ([issue(), ada(lift())], "refused"),
    ],
    ids=["evidence-since", "evidence-before", "another-row-of-theirs", "issued-here"],
)
def test_what_is_not_as_the_import_brought_it_is_not_said_to_be(steps: list[AnyCommand | float], outcome: str) -> None:
    made = undone(*steps)
    assert not made.infraction().is_as_imported
    assert became(made, "2") == outcome
    assert not any(getattr(event, "as_imported", False) for event in made.events)


def test_another_state_of_the_row_is_not_what_was_imported_last() -> None:
    made = play(ada(take()), ada(take("3", SECOND, reason="x")))
    found = seen(made, since=1)
    assert found
    assert (found.undo, found.as_imported) == ("amend", False), "or what the row says by now would never be taken over"


def test_the_undo_is_taken_back_as_a_decision_of_staff() -> None:
    made = undone(take(), ada(lift()))
    back = seen(made, doer=UNDOER)
    assert back
    assert (back.undo, back.as_imported) == ("lift", False)
    assert take_back(made, back, BOB).refusal is None
    assert made.infraction().status is Status.LIFTED
    assert (became(made), became(made, "2")) == ("same", "left"), "the lift stands: no import brings it again"
    again = seen(made, doer=BOB)
    assert again
    assert take_back(made, again, UNDOER).refusal is None
    assert (made.infraction().is_as_imported, became(made, "2")) == (True, "changed")


def test_an_undo_of_changes_is_taken_back_too() -> None:
    made = undone(take(), ada(amend(reason="x")))
    back = seen(made, doer=UNDOER)
    assert back
    assert (back.undo, back.as_imported) == ("amend", False)
    assert take_back(made, back, BOB).refusal is None
    assert (made.infraction().reason, became(made, "2")) == ("x", "left")


def test_what_they_imported_is_taken_back_as_an_import() -> None:
    made = undone(ada(take()), ada(lift()), ada(reinstate()))
    assert became(made, "2") == "left", "they changed what they had imported, and that is lifted"
    assert became(undone(ada(take()))) == "changed"


def put_back(made: World, actor: Actor = BOB, **changes: Any) -> AmendInfraction:
    """What claims to make it what its import brought."""
    seen_position = made.infraction().position
    changed = InfractionChanges(**changes)
    values = about(made.now, infraction_id=IDS[0], changes=changed, seen_position=seen_position, as_imported=True)
    return AmendInfraction(**{**values, "actor": actor})


def test_half_of_it_put_back_is_a_decision_of_staff() -> None:
    """Punishments that an admin may neither give nor take stay as they are."""
    made = play(
        make_admin(Right.EDIT_ALL, Right.CHAT_BLOCK), take(), amend(reason="x", punishments=(Punishment.CHAT_BLOCK,))
    )
    server = Actor(kind="server", id=OURS, admin=ADMIN)
    decision = made.do(put_back(made, server, reason="aimbot", punishments=(Punishment.BAN,)))
    assert decision.refusal is None
    assert not made.infraction().is_as_imported
    assert became(made, "2") == "left"


def test_what_is_put_back_in_force_without_its_punishments_is_a_decision_of_staff() -> None:
    made = play(make_admin(Right.EDIT_ALL), take(), amend(punishments=(Punishment.CHAT_BLOCK,)), lift())
    asked = put_back(made, Actor(kind="server", id=OURS, admin=ADMIN), punishments=(Punishment.BAN,))
    values = asked.model_dump(exclude={"type"}, exclude_unset=True) | {"changes": asked.changes, "reason": "stolen"}
    (event,) = made.do(ReinstateInfraction(**values)).events
    assert isinstance(event, InfractionReinstated)
    assert (event.as_imported, made.infraction().punishments) == (False, (Punishment.CHAT_BLOCK,))
    assert became(made, "2") == "left"


def test_it_holds_for_what_was_seen_alone() -> None:
    made = play(take(), ada(amend(reason="x")))
    asked = put_back(made, reason="aimbot")
    assert made.do(amend(category="spam")).refusal is None
    assert code(made.do(asked)) == "infraction-changed"
    assert not made.infraction().is_as_imported
    for command, more in ((AmendInfraction, {"changes": InfractionChanges()}), (ReinstateInfraction, {"reason": "x"})):
        with pytest.raises(ValidationError, match="as_imported needs seen_position"):
            command(**about(infraction_id=IDS[0], as_imported=True), **more)


def test_what_is_so_already_and_what_was_issued_here_take_no_event_and_no_mark() -> None:
    made = play(take(), amend(reason="x"))
    assert made.do(put_back(made, reason="x")).events == ()
    assert not made.infraction().is_as_imported
    here = play(issue())
    [event] = here.do(put_back(here, reason="x")).events
    assert isinstance(event, InfractionAmended)
    assert (event.as_imported, here.infraction().imported) == (False, None)


def test_the_last_event_says_it() -> None:
    amended = undone(take(), ada(amend(reason="x")), ada(lift()))
    assert [
        (type(event), event.as_imported)
        for event in amended.events
        if isinstance(event, InfractionReinstated | InfractionAmended)
    ] == [(InfractionAmended, False), (InfractionReinstated, False), (InfractionAmended, True)]
    assert HERE not in repr(amended.events)
