"""Appeals as they are opened and talked about, and what holds whatever is done with them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from services.infractions.tests.appeal_commands import (
    APPEAL,
    DAY,
    SECOND,
    THIRD,
    answer,
    appeal,
    assign,
    ban,
    decide,
    later,
    note,
    seen,
    timed,
)
from services.infractions.tests.scenes import HERE, IDS, OURS, PLAYER, START, about, address, code, issue, lift, world

from banstream_contracts.appeals import MOST_ANSWERS, MOST_UNANSWERED, Verdict
from banstream_contracts.commands.appeals import RenewAppealCode
from banstream_contracts.events.appeals import AppealCodeRenewed
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Infraction, Lifetime, Scope, Status
from banstream_infractions.domain.concerns import concern_of
from banstream_infractions.domain.record import Decision

# opening


def test_an_appeal_says_whose_it_is_and_who_issued() -> None:
    found = seen(world(ban(), appeal()))
    assert (found.status, found.player, found.infraction_id, found.server_id) == ("open", PLAYER, IDS[0], OURS)
    assert found.issuer == about()["actor"]
    assert [each.side for each in found.answers] == ["player"]
    assert found.unanswered == 1


def test_an_appeal_against_an_address_is_about_the_address() -> None:
    of = world(ban(player=None, address=address()), appeal())
    assert (seen(of).player, seen(of).address_hash) == (None, HERE)
    assert of.do(decide()).touched == (IDS[0],)
    assert of.infraction().status is Status.LIFTED


def test_what_is_said_is_locked_for_whom_the_infraction_is_about() -> None:
    located = {IDS[0]: f"player:{PLAYER}", APPEAL: f"player:{PLAYER}"}
    for command in (appeal(), answer(), answer("staff")):
        assert concern_of(command, located, {}).person == f"player:{PLAYER}"
        assert concern_of(command, {}, {}).person == ""


@pytest.mark.parametrize(
    ("before", "refusal"),
    [
        pytest.param([], "unknown-infraction", id="nothing"),
        pytest.param([ban(), lift()], "ended", id="lifted"),
        pytest.param([ban(), appeal(SECOND)], "appeal-open", id="another-is-open"),
        pytest.param([ban(lifetime=Lifetime.TIMED, duration_seconds=1, at=START - timedelta(1))], "ended", id="over"),
    ],
)
def test_some_infractions_cannot_be_appealed_against(before: list[AnyCommand], refusal: str) -> None:
    assert code(world(*before).do(appeal())) == refusal


def test_a_warning_can_be_appealed_against() -> None:
    of = world(issue(punishments=()), appeal())
    assert code(of.do(decide())) is None
    assert of.infraction().status is Status.LIFTED


def test_the_same_appeal_again_changes_nothing() -> None:
    assert world(ban(), appeal()).do(appeal()) == Decision()


def test_two_infractions_have_appeals_of_their_own() -> None:
    of = world(ban(), ban(infraction_id=IDS[1]), appeal())
    assert code(of.do(appeal(SECOND, infraction_id=IDS[1]))) is None


@pytest.mark.parametrize("verdict", [Verdict.UPHELD, Verdict.REDUCED])
def test_a_new_appeal_waits_after_a_decision(verdict: Verdict) -> None:
    changes = {"scope": Scope.SERVER} if verdict is Verdict.REDUCED else {}
    of = world(ban(), appeal(), decide(verdict, **changes))
    of.pass_time(7 * DAY - 10)
    refused = of.do(appeal(SECOND))
    assert refused.refusal
    assert (refused.refusal.code, refused.refusal.retry_after_seconds) == ("cooling-down", 10)
    of.pass_time(10)
    assert code(of.do(appeal(SECOND))) is None


def test_the_wait_counts_from_the_last_of_several_decisions() -> None:
    of = world(ban(), appeal(), decide(Verdict.UPHELD))
    of.pass_time(8 * DAY)
    of.do(appeal(SECOND), later(decide(Verdict.UPHELD, SECOND), 8 * DAY))
    of.pass_time(6 * DAY)
    assert code(of.do(appeal(THIRD))) == "cooling-down"


# the conversation


def test_the_player_may_write_only_so_often_before_staff_answers() -> None:
    of = world(ban(), appeal(), *(answer() for _ in range(MOST_UNANSWERED - 1)))
    assert code(of.do(answer())) == "appeal-full"
    of.do(note())
    assert code(of.do(answer())) == "appeal-full", "a note is no answer"
    of.do(answer("staff"))
    assert code(of.do(answer())) is None


def test_an_appeal_holds_so_many_messages() -> None:
    of = world(ban(), appeal(), *(answer("staff") for _ in range(MOST_ANSWERS - 1)))
    assert seen(of).answer_count == MOST_ANSWERS
    assert code(of.do(answer("staff"))) == "appeal-full"


def test_after_the_decision_only_notes_are_made() -> None:
    of = world(ban(), appeal(), decide(Verdict.UPHELD))
    assert code(of.do(answer())) == "appeal-decided"
    assert code(of.do(answer("staff"))) == "appeal-decided"
    assert code(of.do(assign())) == "appeal-decided"
    assert code(of.do(note())) is None


def test_a_player_makes_no_notes() -> None:
    with pytest.raises(ValidationError, match="said by staff"):
        answer("player", internal=True)


def test_somebody_takes_an_appeal_and_gives_it_back() -> None:
    of = world(ban(), appeal(), assign("Alice"))
    assert seen(of).assignee == "Alice"
    assert of.do(assign("Alice")) == Decision()
    of.do(assign(None))
    assert seen(of).assignee is None


@pytest.mark.parametrize("command", [answer(), answer("staff"), assign(), decide()], ids=lambda each: each.type)
def test_what_was_never_opened_is_not_known(command: AnyCommand) -> None:
    assert code(world(ban()).do(command)) == "unknown-appeal"


# codes


def test_a_renewed_code_is_counted_on_the_infraction() -> None:
    of = world(ban())
    for renewals in (1, 2):
        (event,) = of.do(RenewAppealCode(**about(infraction_id=IDS[0]))).events
        assert isinstance(event, AppealCodeRenewed)
        assert event.renewals == renewals
        assert of.infraction().appeal_code_renewals == renewals
    assert code(of.do(RenewAppealCode(**about(infraction_id=IDS[1])))) == "unknown-infraction"


# properties


_commands = st.lists(
    st.one_of(
        st.sampled_from([APPEAL, SECOND, THIRD]).map(appeal),
        st.sampled_from([answer(), answer("staff"), note(), assign("Alice"), assign(None), lift()]),
        st.sampled_from(list(Verdict)).flatmap(
            lambda verdict: st.builds(
                decide,
                verdict=st.just(verdict),
                appeal_id=st.sampled_from([APPEAL, SECOND]),
                **({"duration_seconds": st.integers(1, 60 * DAY)} if verdict is Verdict.REDUCED else {}),
            )
        ),
    ),
    max_size=14,
)


def _less_or_equal(after: Infraction, before: Infraction) -> bool:
    no_later = before.expires_at is None or (after.expires_at is not None and after.expires_at <= before.expires_at)
    return no_later and {*after.punishments} <= {*before.punishments}


@settings(max_examples=150)
@given(_commands, st.sampled_from([ban(), timed()]))
def test_no_history_of_appeals_makes_an_infraction_more_or_holds_two_at_once(
    commands: list[AnyCommand], first: AnyCommand
) -> None:
    of = world(first)
    for command in commands:
        before = of.infraction()
        of.do(command)
        assert _less_or_equal(of.infraction(), before)
        appeals = [each.appeal for each in of.records.values() if each.appeal]
        assert sum(each.status == "open" for each in appeals) <= 1
        if any(each.status == "overturned" for each in appeals):
            assert of.infraction().status is not Status.ACTIVE


@settings(max_examples=100)
@given(_commands)
def test_deciding_twice_changes_nothing(commands: list[AnyCommand]) -> None:
    of = world(ban(), *commands)
    for command in (decide(), decide(Verdict.UPHELD)):
        of.do(command)
        held = replace(of.records[f"player:{PLAYER}"])
        assert not of.do(command).events
        assert of.records[f"player:{PLAYER}"] == held
