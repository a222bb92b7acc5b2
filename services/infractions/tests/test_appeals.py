"""Decisions on appeals."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from services.infractions.tests.account_commands import ask, people, person
from services.infractions.tests.scenes import (
    ADMIN,
    HERE,
    IDS,
    OTHER,
    OURS,
    PLAYER,
    SECOND_ADMIN,
    START,
    World,
    about,
    address,
    by,
    code,
    issue,
    lift,
    make_admin,
    world,
)

from banstream_contracts.account_commands import DisableAccount
from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.appeal_commands import AnswerAppeal, AssignAppeal, DecideAppeal, OpenAppeal, RenewAppealCode
from banstream_contracts.appeal_events import AppealCodeRenewed, AppealDecided
from banstream_contracts.appeals import MOST_ANSWERS, MOST_UNANSWERED, Appeal, AppealReason, Verdict
from banstream_contracts.events import InfractionAmended, InfractionLifted
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishment, Scope, Status
from banstream_infractions.appeals_terms import AppealTerms, OwnAppeals, identity
from banstream_infractions.concerns import concern_of
from banstream_infractions.record import Decision

APPEAL, SECOND, THIRD = "c" * 24, "d" * 24, "e" * 24
PLAYERS_DOOR = Actor(kind="system", id="console")
REVIEWER = Actor(kind="token", id="5" * 24, name="Bob")
DAY = 86_400
SEALED = "c2VhbGVk"


def ban(**changes: Any) -> AnyCommand:
    return issue(punishments=(Punishment.BAN, Punishment.VOICE_BLOCK), scope=Scope.GLOBAL, **changes)


def timed(**changes: Any) -> AnyCommand:
    return ban(lifetime=Lifetime.TIMED, duration_seconds=30 * DAY, **changes)


def appeal(appeal_id: str = APPEAL, **changes: Any) -> OpenAppeal:
    values = about(appeal_id=appeal_id, infraction_id=IDS[0], reason=AppealReason.NOT_ME, sealed_text=SEALED)
    return OpenAppeal(**{**values, "actor": PLAYERS_DOOR, **changes})


def answer(side: str = "player", appeal_id: str = APPEAL, **changes: Any) -> AnswerAppeal:
    actor = PLAYERS_DOOR if side == "player" else REVIEWER
    return AnswerAppeal(**about(appeal_id=appeal_id, side=side, sealed_text=SEALED, actor=actor, **changes))


def note() -> AnswerAppeal:
    return answer("staff", internal=True)


def assign(to: str | None = "Alice") -> AssignAppeal:
    return AssignAppeal(**about(appeal_id=APPEAL, assignee=to))


def decide(verdict: Verdict = Verdict.OVERTURNED, appeal_id: str = APPEAL, **changes: Any) -> DecideAppeal:
    return DecideAppeal(**{**about(appeal_id=appeal_id, verdict=verdict, text="a mistake", actor=REVIEWER), **changes})


def reduce(**changes: Any) -> DecideAppeal:
    return decide(Verdict.REDUCED, **changes)


def seen(of: World, appeal_id: str = APPEAL) -> Appeal:
    found = of.records[f"appeal:{appeal_id}"].appeal
    assert found
    return found


def later(command: AnyCommand, seconds: float) -> AnyCommand:
    return command.model_copy(update={"issued_at": START + timedelta(seconds=seconds)})


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


# the decision


def test_upholding_changes_nothing_of_the_infraction() -> None:
    of = world(ban(), appeal())
    before = of.infraction()
    assert [type(each) for each in of.do(decide(Verdict.UPHELD)).events] == [AppealDecided]
    assert of.infraction() == before
    assert (seen(of).status, seen(of).decided_by, seen(of).decided_text) == ("upheld", REVIEWER, "a mistake")


def test_overturning_lifts_in_the_same_transaction() -> None:
    done = world(ban(), appeal()).do(decide())
    lifted, decided = done.events
    assert isinstance(lifted, InfractionLifted)
    assert isinstance(decided, AppealDecided)
    assert (lifted.ended, lifted.reason, lifted.actor) == (True, "a mistake", REVIEWER)


def test_reducing_amends_in_the_same_transaction() -> None:
    of = world(ban(), appeal())
    amended, decided = of.do(reduce(duration_seconds=DAY, punishments=(Punishment.BAN,), scope=Scope.SERVER)).events
    assert isinstance(amended, InfractionAmended)
    assert isinstance(decided, AppealDecided)
    held = of.infraction()
    assert (held.lifetime, held.expires_at) == (Lifetime.TIMED, START + timedelta(days=1))
    assert (held.punishments, held.scope) == ((Punishment.BAN,), Scope.SERVER)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"duration_seconds": 31 * DAY}, id="longer"),
        pytest.param({"punishments": (Punishment.BAN, Punishment.CHAT_BLOCK)}, id="another-punishment"),
        pytest.param({"scope": Scope.COMMUNITY}, id="wider"),
        pytest.param({"scope": Scope.GLOBAL}, id="the-same"),
    ],
)
def test_a_reduction_takes_away(changes: dict[str, Any]) -> None:
    of = world(timed(), appeal())
    assert code(of.do(reduce(**changes))) == "invalid-change"
    assert seen(of).status == "open"


def test_time_spent_connected_is_not_reduced_to_a_date() -> None:
    of = world(issue(lifetime=Lifetime.ONLINE, duration_seconds=DAY), appeal())
    assert code(of.do(reduce(duration_seconds=60))) == "invalid-change"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"verdict": Verdict.REDUCED}, id="reduced-to-nothing-named"),
        pytest.param({"verdict": Verdict.UPHELD, "duration_seconds": 60}, id="upheld-and-shorter"),
        pytest.param({"verdict": Verdict.OVERTURNED, "scope": Scope.SERVER}, id="overturned-and-narrower"),
    ],
)
def test_a_verdict_and_its_changes_fit_together(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="reduced, and only that"):
        decide(**changes)


def test_what_ended_meanwhile_can_still_be_said_to_have_been_wrong() -> None:
    of = world(timed(), appeal())
    of.pass_time(31 * DAY)
    assert of.infraction().status is Status.EXPIRED
    assert code(of.do(reduce(scope=Scope.SERVER))) == "ended"
    assert [type(each) for each in of.do(decide()).events] == [AppealDecided]


def test_the_first_decision_holds() -> None:
    of = world(ban(), appeal(), decide(Verdict.UPHELD))
    refused = of.do(decide())
    assert refused.refusal
    assert (refused.refusal.code, "by Bob" in refused.refusal.message) == ("appeal-decided", True)
    assert of.infraction().status is Status.ACTIVE


# who decides


@pytest.mark.parametrize(
    ("own", "reviewers", "refusal"),
    [
        (OwnAppeals.NEVER, (), "own-infraction"),
        (OwnAppeals.NEVER, ("token:x",), "own-infraction"),
        (OwnAppeals.IF_ALONE, (), None),
        (OwnAppeals.IF_ALONE, ("token:" + "0" * 24,), None),
        (OwnAppeals.IF_ALONE, ("person:x", "admin:roblox:8"), None),
        (OwnAppeals.IF_ALONE, ("token:x",), "own-infraction"),
        (OwnAppeals.ALLOWED, ("token:x",), None),
    ],
)
def test_whoever_issued_decides_only_where_the_setting_lets_them(
    own: OwnAppeals, reviewers: tuple[str, ...], refusal: str | None
) -> None:
    of = world(ban(), appeal())
    of.terms = AppealTerms(own=own, reviewers=frozenset(reviewers))
    issuer = about()["actor"]
    for verdict in (Verdict.UPHELD, Verdict.OVERTURNED):
        assert code(of.decide(decide(verdict, actor=issuer))) == refusal
        assert code(of.decide(decide(verdict))) is None, "somebody else always may"


def test_an_admin_is_the_same_on_every_server() -> None:
    rights = (Right.ISSUE, Right.BAN, Right.VOICE_BLOCK, Right.SCOPE_GLOBAL, Right.REVIEW)
    admins = [make_admin(*rights), make_admin(*rights, player=SECOND_ADMIN)]
    of = world(*admins, by(ban(), ADMIN), appeal())
    of.terms = AppealTerms(own=OwnAppeals.IF_ALONE, reviewers=frozenset({f"admin:{ADMIN}", f"admin:{SECOND_ADMIN}"}))
    assert code(of.decide(by(decide(), ADMIN, server_id="b" * 24))) == "own-infraction"
    assert code(of.decide(by(decide(), SECOND_ADMIN))) is None


def test_an_admin_needs_the_right_to_review() -> None:
    of = world(make_admin(Right.ISSUE, Right.EDIT_ALL, Right.COMMENT), ban(), appeal())
    assert code(of.do(by(decide(), ADMIN))) == "insufficient-rights"
    assert code(of.do(by(answer("staff"), ADMIN))) is None
    assert code(of.do(by(answer("staff"), OTHER))) == "insufficient-rights", "no admin"


def test_a_server_does_not_decide() -> None:
    assert code(world(ban(), appeal()).do(by(decide()))) == "insufficient-rights"


def test_a_person_without_an_account_does_not_decide() -> None:
    of = world(ban(), appeal())
    assert code(of.do(decide(actor=Actor(kind="person", id="9" * 24)))) == "insufficient-rights"


@pytest.mark.parametrize(
    ("role", "refusal"),
    [(Role.MODERATOR, "insufficient-rights"), (Role.REVIEWER, None), (Role.OWNER, None)],
    ids=str,
)
def test_a_person_decides_by_the_role_of_the_account(role: Role, refusal: str | None) -> None:
    of = people(alice=role, root=Role.OWNER)
    of.do(ban(), appeal())
    assert code(of.decide(decide(actor=person("alice")))) == refusal
    of.do(ask(DisableAccount, "alice"))
    assert code(of.decide(decide(actor=person("alice")))) == "insufficient-rights"


def test_identities_tell_kinds_apart() -> None:
    same = "0" * 24
    told = {identity(Actor(kind=kind, id=same)) for kind in ("server", "token", "person", "system")}
    assert len(told) == 4
    assert identity(Actor(kind="server", id=same, admin=ADMIN)) == identity(Actor(kind="token", id=OURS, admin=ADMIN))


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
