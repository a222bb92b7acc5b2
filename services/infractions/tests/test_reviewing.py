"""Decisions on requests for review."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.infractions.tests.scenes import (
    ADMIN,
    HERE,
    IDS,
    OURS,
    PLAYER,
    SECOND_ADMIN,
    START,
    World,
    about,
    address,
    amend,
    by,
    code,
    issue,
    lift,
    make_admin,
    world,
)

from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.commands.requests import ApproveRequest, AssignRequest, CommentRequest, RejectRequest
from banstream_contracts.events.infractions import InfractionAmended, InfractionIssued, InfractionLifted
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Actor, Lifetime, Punishment, Scope, Status
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_infractions.domain.evolution import fold
from banstream_infractions.domain.record import Decision
from banstream_infractions.domain.requests_review import MOST_COMMENTS

REQUEST, SUGGESTED, OTHER_ID = "c" * 24, "d" * 24, "e" * 24
ALICE = Actor(kind="token", id="0" * 24, name="Alice")


def suggestion(**changes: Any) -> AutomaticBan:
    values = {"infraction_id": SUGGESTED, "duration_seconds": 3600, "scope": Scope.GLOBAL, "reason": "10 incidents"}
    return AutomaticBan(**{**values, **changes})


def ask(**changes: Any) -> OpenRequest:
    values = about(request_id=REQUEST, player=PLAYER, reason="look", server_id=OURS, suggested=suggestion())
    return OpenRequest(**{**values, **changes})


def approve(**changes: Any) -> ApproveRequest:
    return ApproveRequest(**{**about(request_id=REQUEST, infraction_id=OTHER_ID, actor=ALICE), **changes})


def reject(**changes: Any) -> RejectRequest:
    return RejectRequest(**{**about(request_id=REQUEST, reason="lag", actor=ALICE), **changes})


def comment(note: str = "the replay shows lag") -> CommentRequest:
    return CommentRequest(**about(request_id=REQUEST, note=note))


def assign(to: str | None = "Alice") -> AssignRequest:
    return AssignRequest(**about(request_id=REQUEST, assignee=to))


def banned_at_once() -> AnyCommand:
    """What a policy does that bans and asks for a review besides."""
    return issue(SUGGESTED, punishments=(Punishment.BAN,), lifetime=Lifetime.TIMED, duration_seconds=3600)


def review(of: World) -> ReviewRequest:
    found = of.records[f"request:{REQUEST}"].request
    assert found
    return found


def kinds(decision: Decision) -> list[type]:
    return [type(event) for event in decision.events]


def test_approving_issues_the_suggested_ban_in_the_same_decision() -> None:
    after = world(ask(player_name="Griefer", sealed_name="bmFtZQ", address=address()))
    decision = after.do(approve())
    assert kinds(decision) == [InfractionIssued, RequestApproved]
    assert [event.stream for event in decision.events] == [f"player:{PLAYER}", f"request:{REQUEST}"]
    issued = decision.events[0]
    assert isinstance(issued, InfractionIssued)
    assert (issued.sealed_name, issued.sealed_address, issued.address_hash) == ("bmFtZQ", address().sealed, HERE)
    ban = after.infraction(SUGGESTED)
    assert (ban.punishments, ban.duration_seconds, ban.reason) == ((Punishment.BAN,), 3600, "10 incidents")
    assert (ban.scope, ban.server_id, ban.player_name, ban.issuer) == (Scope.GLOBAL, OURS, "Griefer", ALICE)
    decided = review(after)
    assert (decided.status, decided.decided_by, decided.decided_at) == ("approved", ALICE, START)
    assert decided.infraction_ids == decision.touched == (SUGGESTED,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"duration_seconds": 60}, (Lifetime.TIMED, 60, Scope.GLOBAL, "10 incidents")),
        ({"lifetime": Lifetime.PERMANENT}, (Lifetime.PERMANENT, None, Scope.GLOBAL, "10 incidents")),
        ({"scope": Scope.SERVER, "reason": "first time"}, (Lifetime.TIMED, 3600, Scope.SERVER, "first time")),
    ],
    ids=["duration", "permanent", "scope-and-reason"],
)
def test_whoever_approves_may_change_the_ban(changes: dict[str, Any], expected: tuple[Any, ...]) -> None:
    after = world(ask(), approve(**changes))
    ban = after.infraction(SUGGESTED)
    assert (ban.lifetime, ban.duration_seconds, ban.scope, ban.reason) == expected


def test_a_request_that_suggests_nothing_needs_an_end() -> None:
    after = world(ask(suggested=None))
    assert code(after.do(approve())) == "invalid-change"
    assert review(after).status == "open"
    assert after.do(approve(duration_seconds=60)).touched == (OTHER_ID,)
    assert after.infraction(OTHER_ID).reason == "look"


def test_a_ban_for_one_server_needs_a_server() -> None:
    assert code(world(ask(server_id=None)).do(approve(scope=Scope.SERVER))) == "invalid-change"


def test_rejecting_issues_nothing() -> None:
    after = world(ask())
    assert kinds(after.do(reject())) == [RequestRejected]
    assert (after.infractions(), review(after).status, review(after).decided_reason) == ([], "rejected", "lag")


def test_rejecting_lifts_the_ban_that_was_issued_at_once_and_approving_keeps_it() -> None:
    rejected = world(banned_at_once(), ask())
    decision = rejected.do(reject())
    assert kinds(decision) == [InfractionLifted, RequestRejected]
    ban = rejected.infraction(SUGGESTED)
    assert (ban.status, ban.ended_reason, review(rejected).infraction_ids) == (Status.LIFTED, "lag", (SUGGESTED,))

    approved = world(banned_at_once(), ask())
    assert kinds(approved.do(approve())) == [RequestApproved]
    assert approved.infraction(SUGGESTED).status is Status.ACTIVE
    changed = world(banned_at_once(), ask())
    assert kinds(changed.do(approve(lifetime=Lifetime.PERMANENT))) == [InfractionAmended, RequestApproved]
    assert changed.infraction(SUGGESTED).lifetime is Lifetime.PERMANENT


@pytest.mark.parametrize(
    ("seconds", "lasts"), [(86_400, 4 * 86_400), (MAX_DURATION_SECONDS, MAX_DURATION_SECONDS)], ids=["a day", "longest"]
)
def test_a_ban_issued_at_once_lasts_from_the_approval_as_long_as_that_says(seconds: int, lasts: int) -> None:
    after = world(issue(SUGGESTED, punishments=(Punishment.BAN,)), ask())
    after.do(approve(issued_at=START + timedelta(days=3), duration_seconds=seconds))
    assert after.infraction(SUGGESTED).expires_at == START + timedelta(seconds=lasts)


def test_a_ban_that_was_lifted_meanwhile_stays_lifted() -> None:
    for decision in (approve(), reject()):
        after = world(banned_at_once(), ask(), lift(SUGGESTED))
        assert after.do(decision).refusal is None
        assert after.infraction(SUGGESTED).status is Status.LIFTED
    after = world(banned_at_once(), ask(), lift(SUGGESTED))
    assert code(after.do(approve(lifetime=Lifetime.PERMANENT))) == "ended"
    assert review(after).status == "open"


def test_the_ban_that_comes_after_its_request_was_approved_is_the_same() -> None:
    after = world(ask(), approve(lifetime=Lifetime.PERMANENT))
    assert after.do(banned_at_once()).events == ()
    assert after.infraction(SUGGESTED).lifetime is Lifetime.PERMANENT


def test_the_very_same_ban_for_good_is_not_issued_twice() -> None:
    forever = suggestion(duration_seconds=None)
    after = world(ask(suggested=forever), approve())
    again = suggestion(duration_seconds=None, infraction_id=OTHER_ID)
    after.do(ask(request_id=OTHER_ID, suggested=again))
    assert after.do(approve(request_id=OTHER_ID)).touched == (SUGGESTED,)
    assert len(after.infractions()) == 1


def test_a_ban_that_another_one_spared_is_issued_by_the_approval_and_outlives_that() -> None:
    made = world(issue(punishments=(Punishment.BAN,), lifetime=Lifetime.PERMANENT))
    spared = banned_at_once().model_copy(update={"unless_banned_since": START})
    assert made.decide(spared).events == ()
    made.do(ask())
    made.do(approve())
    made.do(lift())
    assert [made.infraction(each).status for each in (IDS[0], SUGGESTED)] == [Status.LIFTED, Status.ACTIVE]


def test_a_request_to_lift_lifts_bans_and_nothing_else() -> None:
    wish = ask(wanted="lift", suggested=None)
    ban, mute = issue("1" * 24, punishments=(Punishment.BAN,)), issue("2" * 24)
    approved = world(ban, mute, wish)
    assert code(approved.do(approve(duration_seconds=5))) == "invalid-change"
    assert approved.do(approve()).touched == ("1" * 24,)
    assert approved.infraction("1" * 24).status is Status.LIFTED
    assert approved.infraction("2" * 24).status is Status.ACTIVE
    rejected = world(ban, mute, wish, reject())
    assert {each.status for each in rejected.infractions()} == {Status.ACTIVE}
    nobody = world(wish)
    assert kinds(nobody.do(approve())) == [RequestApproved]


@pytest.mark.parametrize("first", [approve(), reject()], ids=["approved", "rejected"])
def test_what_is_decided_stays_decided(first: AnyCommand) -> None:
    after = world(ask(), first)
    for again in (approve(), reject(), assign()):
        decision = after.do(again)
        assert code(decision) == "request-decided"
        assert decision.refusal
        assert decision.refusal.message.endswith(f"{review(after).status} already, by Alice")
    assert kinds(after.do(comment())) == [RequestCommented]


@pytest.mark.parametrize("command", [approve(), reject(), assign(), comment()], ids=lambda each: str(each.type))
def test_an_unknown_request_is_refused(command: AnyCommand) -> None:
    assert code(world().do(command)) == "unknown-request"


def test_comments_and_the_assignee_are_kept() -> None:
    after = world(ask(), comment("first"), comment("second"))
    assert kinds(after.do(assign())) == [RequestAssigned]
    assert after.do(assign()).events == ()
    assert (review(after).assignee, review(after).comment_count) == ("Alice", 2)
    assert [each.note for each in review(after).comments] == ["first", "second"]
    after.do(assign(None))
    assert review(after).assignee is None


def test_two_people_of_one_name_take_a_request_from_each_other() -> None:
    after = world(ask())
    for account in ("a" * 24, "b" * 24, None):
        taken = assign().model_copy(update={"assignee_id": account})
        assert kinds(after.do(taken)) == [RequestAssigned]
        assert after.do(taken).events == ()
        assert (review(after).assignee, review(after).assignee_id) == ("Alice", account)
    assert kinds(after.do(assign(None))) == [RequestAssigned]


def test_comments_end_somewhere() -> None:
    after = world(ask(), *(comment() for _ in range(MOST_COMMENTS)))
    assert code(after.do(comment())) == "invalid-change"


@pytest.mark.parametrize(
    ("rights", "command", "may"),
    [
        ((Right.ISSUE, Right.BAN, Right.SCOPE_GLOBAL), approve(), True),
        ((Right.ISSUE, Right.BAN), approve(), False),
        ((Right.ISSUE, Right.BAN), approve(scope=Scope.SERVER), True),
        ((Right.ISSUE, Right.SCOPE_GLOBAL), approve(), False),
        ((Right.BAN, Right.SCOPE_GLOBAL), approve(), False),
        ((Right.ISSUE, Right.BAN), reject(), True),
        ((Right.ISSUE,), reject(), False),
        ((Right.BAN,), reject(), False),
        ((Right.ISSUE,), comment(), True),
        ((Right.BAN,), comment(), False),
        ((Right.ISSUE,), assign(), True),
        ((), assign(), False),
    ],
)
def test_an_admin_needs_what_the_punishment_needs(rights: tuple[Right, ...], command: AnyCommand, may: bool) -> None:
    decision = world(ask(), make_admin(*rights)).do(by(command, ADMIN))
    assert bool(decision.events) is may
    assert code(decision) == (None if may else "insufficient-rights")


def test_an_admin_may_end_the_ban_that_a_policy_issued_and_is_recorded_by_name() -> None:
    after = world(banned_at_once(), ask(), make_admin(Right.ISSUE, Right.BAN))
    after.do(by(reject(), ADMIN))
    assert after.infraction(SUGGESTED).status is Status.LIFTED
    decided_by = review(after).decided_by
    assert decided_by
    assert (decided_by.name, decided_by.admin) == ("Alyx", ADMIN)


def test_an_immune_player_is_banned_by_nobody_who_may_not() -> None:
    rights = (Right.ISSUE, Right.BAN, Right.SCOPE_GLOBAL)
    immune = make_admin(Right.IMMUNE, player=PLAYER, name="Gordon")
    after = world(ask(), immune, make_admin(*rights), make_admin(*rights, Right.SKIP_IMMUNITY, player=SECOND_ADMIN))
    assert code(after.do(by(approve(), ADMIN))) == "immune"
    assert after.do(by(approve(), SECOND_ADMIN)).refusal is None


def test_a_server_alone_decides_nothing() -> None:
    for command in (approve(), reject()):
        assert code(world(ask()).do(by(command))) == "insufficient-rights"


COMMANDS = st.sampled_from(
    [
        ask(),
        banned_at_once(),
        approve(),
        approve(lifetime=Lifetime.PERMANENT),
        approve(duration_seconds=60, scope=Scope.SERVER),
        reject(),
        comment(),
        assign(),
        assign(None),
        lift(SUGGESTED),
        amend(SUGGESTED, reason="other"),
    ]
)


@settings(deadline=None)
@given(st.lists(COMMANDS, max_size=10))
def test_a_request_is_decided_once_and_the_ban_holds_as_long_as_nobody_ends_it(commands: list[Any]) -> None:
    """A ban is in force where it was approved or issued at once, and since then neither rejected nor lifted."""
    after, holds, status = World(), False, None
    for command in commands:
        is_open, exists = status == "open", any(each.id == SUGGESTED for each in after.infractions())
        is_done = after.do(command).refusal is None
        match command.type:
            case "open_request":
                status = status or "open"
            case "approve_request" if is_open and is_done:
                status, holds = "approved", holds or not exists
            case "reject_request" if is_open and is_done:
                status, holds = "rejected", False
            case "issue_infraction":
                holds = holds or not exists
            case "lift_infraction":
                holds = False
            case _:
                pass
    bans = [each for each in after.infractions() if each.status is Status.ACTIVE]
    assert [each.id for each in bans] == ([SUGGESTED] if holds else [])
    assert sum(isinstance(event, RequestApproved | RequestRejected) for event in after.events) == (
        status in {"approved", "rejected"}
    )
    for stream, record in after.records.items():
        own = [(event, position) for position, event in enumerate(after.events, 1) if event.stream == stream]
        assert fold(own) == record


@settings(deadline=None)
@given(st.lists(COMMANDS, max_size=8), COMMANDS.filter(lambda each: each.type != "comment_request"))
def test_repeating_a_command_changes_nothing(earlier: list[Any], command: Any) -> None:
    assert world(ask(), *earlier, command).do(command).events == ()
