"""Decisions on appeals: what they do to the infraction, and who may make them."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from services.infractions.tests.account_commands import ask, people, person
from services.infractions.tests.appeal_commands import DAY, REVIEWER, answer, appeal, ban, decide, reduce, seen, timed
from services.infractions.tests.scenes import (
    ADMIN,
    OTHER,
    OURS,
    SECOND_ADMIN,
    START,
    about,
    by,
    code,
    issue,
    make_admin,
    world,
)

from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.appeals import Verdict
from banstream_contracts.commands.accounts import DisableAccount
from banstream_contracts.events.appeals import AppealDecided
from banstream_contracts.events.infractions import InfractionAmended, InfractionLifted
from banstream_contracts.infractions import Actor, Lifetime, Punishment, Scope, Status
from banstream_infractions.domain.appeals_terms import AppealTerms, OwnAppeals, identity
from banstream_infractions.domain.terms import Terms

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
    of.terms = Terms(AppealTerms(own=own, reviewers=frozenset(reviewers)))
    issuer = about()["actor"]
    for verdict in (Verdict.UPHELD, Verdict.OVERTURNED):
        assert code(of.decide(decide(verdict, actor=issuer))) == refusal
        assert code(of.decide(decide(verdict))) is None, "somebody else always may"


def test_an_admin_is_the_same_on_every_server() -> None:
    rights = (Right.ISSUE, Right.BAN, Right.VOICE_BLOCK, Right.SCOPE_GLOBAL, Right.REVIEW)
    admins = [make_admin(*rights), make_admin(*rights, player=SECOND_ADMIN)]
    of = world(*admins, by(ban(), ADMIN), appeal())
    reviewers = frozenset({f"admin:{ADMIN}", f"admin:{SECOND_ADMIN}"})
    of.terms = Terms(AppealTerms(own=OwnAppeals.IF_ALONE, reviewers=reviewers))
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
