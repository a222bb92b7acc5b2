"""What somebody did last to an infraction without anybody between, and what takes it back."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from services.infractions.tests.scenes import (
    IDS,
    OURS,
    PLAYER,
    POLICY,
    START,
    THEIRS,
    about,
    amend,
    by_policy,
    issue,
    lift,
    lift_all,
    online,
    register,
    reinstate,
    serve,
)
from services.infractions.tests.test_evidence import attach
from services.infractions.tests.test_importing import FIRST, LONG_AGO, SECOND, take
from services.infractions.tests.test_importing import take_back as take_back_import
from services.infractions.tests.undoing_scenes import ADA, BOB, UNDOER, ada, by, happened, play, seen, take_back

from banstream_contracts.commands.appeals import RenewAppealCode
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Infraction, Lifetime, LiftedBefore, Punishment, Scope, Severity, Status
from banstream_infractions.domain.undoing import done

Step = AnyCommand | float
BAN, VOICE, CHAT = Punishment.BAN, Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK
HOUR = 3600
TIMED = issue(lifetime=Lifetime.TIMED, duration_seconds=HOUR)
SESSION = issue(lifetime=Lifetime.SESSION)
WARNING = issue(punishments=())
BOTH = issue(punishments=(VOICE, CHAT))
RENEWED = RenewAppealCode(**about(infraction_id=IDS[0]))
PUT_BACK: dict[str, Any] = {"lifetime": Lifetime.ONLINE, "duration_seconds": 600}


def bob(command: AnyCommand) -> AnyCommand:
    return by(command, BOB)


def case(name: str, steps: list[Step], undo: str, **changes: Any) -> Any:
    return pytest.param(steps, undo, changes or None, id=name)


@pytest.mark.parametrize(
    ("steps", "undo", "changes"),
    [
        case("issued", [ada(issue())], "lift"),
        case("issued, amended", [ada(issue()), ada(amend(reason="x"))], "lift"),
        case("issued, lifted", [ada(issue()), ada(lift())], "unchanged"),
        case("issued, lifted, reinstated", [ada(issue()), ada(lift()), ada(reinstate())], "lift"),
        case("warned", [ada(WARNING)], "lift"),
        case("of a session", [ada(SESSION)], "lift"),
        case("issued, over", [ada(TIMED), HOUR + 1], "unchanged"),
        case("issued, served", [ada(online()), serve(seconds=600)], "unchanged"),
        case("lifted", [issue(), ada(lift())], "reinstate"),
        case("warning lifted", [WARNING, ada(lift())], "reinstate"),
        case("session lifted", [SESSION, ada(lift())], "reinstate"),
        case("freed", [BOTH, ada(lift_all())], "reinstate"),
        case("lifted, over", [TIMED, ada(lift()), HOUR + 1], "unchanged"),
        case("lifted, reinstated", [issue(), ada(lift()), ada(reinstate())], "unchanged"),
        case("amended, lifted", [issue(), ada(amend(reason="x")), ada(lift())], "reinstate", reason="mic spam"),
        case("partly lifted", [BOTH, ada(lift_all(punishments=(CHAT,)))], "amend", punishments=(VOICE, CHAT)),
        case(
            "partly lifted, lifted",
            [BOTH, ada(lift_all(punishments=(CHAT,))), ada(lift())],
            "reinstate",
            punishments=(VOICE, CHAT),
        ),
        case("amended", [issue(), ada(amend(reason="x"))], "amend", reason="mic spam"),
        case("amended there and back", [issue(), ada(amend(reason="x")), ada(amend(reason="mic spam"))], "unchanged"),
        case("reinstated", [issue(), lift(), ada(reinstate())], "lift"),
        case("cut, over", [issue(), ada(amend(duration_seconds=1)), 2], "reinstate", lifetime=Lifetime.PERMANENT),
        case(
            "cut, not yet noticed", [issue(), 9, ada(amend(duration_seconds=1))], "amend", lifetime=Lifetime.PERMANENT
        ),
        case(
            "cut, over meanwhile anyhow",
            [TIMED, ada(amend(duration_seconds=1)), HOUR + 1],
            "unchanged",
        ),
        case("none left", [online(), ada(amend(time_left_seconds=0))], "reinstate", **PUT_BACK, time_left_seconds=600),
        case(
            "served between",
            [online(), serve(seconds=60), ada(amend(time_left_seconds=500)), serve(seconds=60), serve(seconds=40)],
            "amend",
            **PUT_BACK,
            time_left_seconds=440,
        ),
        case(
            "served to the end",
            [online(), ada(amend(time_left_seconds=60)), serve(seconds=60)],
            "reinstate",
            **PUT_BACK,
            time_left_seconds=540,
        ),
        case(
            "served as long as it was",
            [online(seconds=60), ada(amend(time_left_seconds=500)), serve(seconds=60)],
            "lift",
        ),
        case("served since", [online(), ada(amend(reason="x")), serve(seconds=60)], "amend", reason="mic spam"),
        case("by somebody else since", [ada(issue()), bob(amend(reason="x"))], "left"),
        case("somebody else between", [issue(), ada(amend(reason="x")), bob(lift()), ada(reinstate())], "lift"),
        case("reinstated by somebody else, changed since", [issue(), ada(lift()), bob(reinstate())], "unchanged"),
        case("taken back already", [ada(issue()), bob(lift())], "unchanged"),
        case("put back, and more", [issue(), ada(lift()), bob(reinstate()), bob(amend(reason="x"))], "left"),
        case("with evidence since", [ada(issue()), bob(attach())], "lift"),
        case("with evidence in between", [issue(), ada(lift()), bob(attach()), ada(reinstate())], "unchanged"),
        case("with another code since", [issue(), ada(lift()), bob(RENEWED)], "reinstate"),
        case("imported", [ada(take())], "lift"),
        case("imported, ended there", [ada(take(lifted=LiftedBefore(by="Old Admin")))], "unchanged"),
        case("imported over an older one", [take(), ada(take("2", SECOND, reason="x"))], "amend", reason="aimbot"),
        case(
            "imported over an older one, ended there",
            [take(), ada(take("2", SECOND, lifted=LiftedBefore()))],
            "reinstate",
        ),
        case(
            "imported over one that had ended",
            [take(lifted=LiftedBefore()), ada(take("2", SECOND))],
            "lift",
        ),
        case("import taken back", [take(), ada(take_back_import(FIRST))], "reinstate"),
    ],
)  # fmt: skip
def test_what_takes_it_back(steps: list[Step], undo: str, changes: dict[str, Any] | None) -> None:
    found = seen(play(*steps))
    assert found
    assert found.undo == undo
    assert (found.changes.model_dump(exclude_unset=True) if found.changes else None) == changes


@pytest.mark.parametrize("steps", [[issue(), lift()], [bob(issue()), ada(attach())]], ids=["nothing", "no decision"])
def test_who_decided_nothing_did_nothing(steps: list[Step]) -> None:
    assert seen(play(*steps)) is None


def test_of_what_is_not_looked_at_nothing_is_taken_back() -> None:
    made = play(ada(issue()), ada(amend(reason="x")), ada(amend(category="spam")))
    since = seen(made, since=2)
    assert since
    assert since.changes
    assert (since.undo, since.changes.model_dump(exclude_unset=True)) == ("amend", {"category": None})
    assert (since.did, since.position) == (("infraction.amended",), 3)
    until = done([each for each in happened(made) if each.position < 3], made.now)
    assert until
    assert until.undo == "lift"


def test_their_own_word_behind_what_is_looked_at_is_somebodys() -> None:
    made = play(issue(), ada(lift()), ada(reinstate()), ada(amend(reason="x")))
    looked_at = [each if each.position == 2 else replace(each, is_theirs=False) for each in happened(made)]
    found = done(looked_at, made.now)
    assert found
    assert (found.undo, found.position) == ("left", 2)


def test_it_says_what_was_done_and_where_it_ended() -> None:
    found = seen(play(issue(), ada(amend(reason="x")), ada(lift()), ada(reinstate()), ada(amend(reason="y"))))
    assert found
    assert found.did == ("infraction.amended", "infraction.lifted", "infraction.reinstated")
    assert (found.position, found.infraction.position, found.infraction.reason) == (5, 5, "y")


FIELDS: dict[str, tuple[Any, Any]] = {
    "reason": ("x", "y"),
    "note": ("x", None),
    "punishments": ((VOICE,), (BAN, CHAT)),
    "scope": (Scope.SERVER, Scope.COMMUNITY),
    "server_id": (OURS, THEIRS),
    "category": ("griefing", None),
    "severity": (Severity.LOW, Severity.HIGH),
    "evidence": (None, "https://example.com/demo"),
}


@pytest.mark.parametrize("forth", [True, False])
@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_put_back(field: str, forth: bool) -> None:
    was, became = FIELDS[field] if forth else FIELDS[field][::-1]
    made = play(issue(**{field: was}), ada(amend(**{field: became})))
    before = play(issue(**{field: was})).infraction()
    found = seen(made)
    assert found
    assert found.changes
    assert found.changes.model_dump(exclude_unset=True) == {field: was}
    assert take_back(made, found).refusal is None
    assert told(made.infraction()) == told(before)


def test_a_tiering_policy_is_put_back_without_its_tier() -> None:
    made = play(register(), by_policy(IDS[0]), ada(amend(tiering_policy_id=None)), ada(lift()))
    found = seen(made)
    assert found
    assert take_back(made, found).refusal is None
    assert (made.infraction().status, made.infraction().tiering_policy_id) == (Status.ACTIVE, POLICY)


ENDINGS: dict[str, dict[str, Any]] = {
    "permanent": {"lifetime": Lifetime.PERMANENT},
    "session": {"lifetime": Lifetime.SESSION},
    "timed": {"lifetime": Lifetime.TIMED, "duration_seconds": HOUR},
    "longer": {"lifetime": Lifetime.TIMED, "duration_seconds": 2 * HOUR},
    "online": {"lifetime": Lifetime.ONLINE, "duration_seconds": 600},
    "online longer": {"lifetime": Lifetime.ONLINE, "duration_seconds": 900},
}


@pytest.mark.parametrize("ended", [False, True], ids=["amended", "lifted too"])
@pytest.mark.parametrize(("was", "became"), [*permutations(ENDINGS, 2)], ids=str)
def test_it_ends_as_it_did_and_nothing_is_left_to_take_back(was: str, became: str, ended: bool) -> None:
    lifted = [ada(lift())] if ended else []
    made = play(issue(**ENDINGS[was]), ada(amend(**ENDINGS[became])), *lifted)
    found = seen(made)
    assert found
    assert take_back(made, found).refusal is None
    assert told(made.infraction()) == told(play(issue(**ENDINGS[was])).infraction())
    again = seen(made)
    assert again
    assert again.undo == "unchanged"
    back = seen(made, doer=UNDOER)
    assert back
    assert take_back(made, back, BOB).refusal is None
    expected = play(issue(**ENDINGS[was]), ada(amend(**ENDINGS[became])), *lifted).infraction()
    assert made.infraction().status == expected.status
    if not ended:
        assert told(made.infraction()) == told(expected)


@pytest.mark.parametrize("lifetime", [Lifetime.PERMANENT, Lifetime.SESSION], ids=str)
def test_a_length_that_means_nothing_is_no_difference(lifetime: Lifetime) -> None:
    begun = issue(lifetime=lifetime, duration_seconds=60)
    made = play(begun, ada(amend(duration_seconds=HOUR)), bob(amend(lifetime=lifetime)))
    found = seen(made)
    assert found
    assert found.undo == "unchanged"


def test_an_import_that_came_again_with_another_end_gets_the_end_it_had() -> None:
    first = take(ends_at=START + timedelta(days=1), began_at=LONG_AGO)
    made = play(first, ada(take("2", SECOND, ends_at=START + timedelta(days=9))))
    found = seen(made)
    assert found
    assert take_back(made, found).refusal is None
    assert made.infraction().expires_at == START + timedelta(days=1)


def test_time_that_is_told_in_parts_or_as_a_whole_is_the_same() -> None:
    served = [serve(seconds=30) for _ in range(5)]
    made = play(online(), ada(amend(time_left_seconds=500)), *served, ada(amend(reason="x")), *served)
    told_in_parts = happened(made)
    runs = (*told_in_parts[:2], told_in_parts[6], told_in_parts[7], told_in_parts[-1])
    assert len(runs) == 5
    whole = done(runs, made.now)
    assert whole == done(told_in_parts, made.now)
    assert whole
    assert whole.changes
    assert whole.changes.time_left_seconds == 600 - 300


def test_a_player_who_has_another_infraction_is_no_matter() -> None:
    made = play(ada(issue()), bob(issue(IDS[1])), bob(lift(IDS[1])))
    found = seen(made)
    assert found
    assert (found.undo, found.infraction.player) == ("lift", PLAYER)
    assert seen(made, IDS[1], ADA) is None


def told(infraction: Infraction) -> Infraction:
    """Without where it came to be so."""
    return infraction.model_copy(update={"position": 0})
