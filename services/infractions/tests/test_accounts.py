"""Rules of accounts: who makes, changes and ends them, links that are good for once, and the last owner."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from services.infractions.tests.account_commands import (
    OTHER_PASSWORD,
    PASSWORD,
    account,
    ask,
    hashed,
    invite,
    join,
    people,
    person,
)
from services.infractions.tests.scenes import START, World, code

from banstream_contracts.accounts import INVITATION_SECONDS, Role, account_id
from banstream_contracts.commands.accounts import (
    ChangeRole,
    DisableAccount,
    DisableTotp,
    EnableAccount,
    EnableTotp,
    InviteAccount,
    JoinAccount,
    RecordLockout,
    RecordSignIn,
    RenewInvitation,
    RenewRecoveryCodes,
    RevokeSessions,
    SetPassword,
    UseRecoveryCode,
)
from banstream_contracts.events.event import stored
from banstream_contracts.infractions import Actor
from banstream_contracts.public_events import published

LATER = START + timedelta(minutes=5)
CODES = (hashed("one"), hashed("two"))
LINK: dict[str, Any] = {
    "invitation": hashed("another link"),
    "invited_until": START + timedelta(seconds=INVITATION_SECONDS),
}
LOCKED: dict[str, Any] = {"sign_in_id": "5" * 24, "failures": 5, "locked_until": LATER}
MANAGING: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "role": (ChangeRole, {"role": Role.VIEWER}),
    "link": (RenewInvitation, LINK),
    "disable": (DisableAccount, {}),
    "totp": (DisableTotp, {}),
    "sessions": (RevokeSessions, {}),
}
OWN: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "password": (SetPassword, {"password": OTHER_PASSWORD}),
    "totp": (EnableTotp, {"totp": PASSWORD, "recovery": CODES}),
    "codes": (RenewRecoveryCodes, {"recovery": CODES}),
    "code": (UseRecoveryCode, {"code": CODES[0]}),
}


def team() -> World:
    return people(olga=Role.OWNER, adam=Role.ADMIN, rita=Role.REVIEWER, mona=Role.MODERATOR, vera=Role.VIEWER)


def test_an_invited_person_chooses_the_password_and_may_then_sign_in() -> None:
    world = World()
    assert world.do(invite("olga", Role.OWNER)).refusal is None
    invited = account(world, "olga")
    assert (invited.login, invited.name, invited.role, invited.may_sign_in) == ("olga", "Olga", Role.OWNER, False)
    world.do(join("olga", at=LATER))
    joined = account(world, "olga")
    assert (joined.password, joined.may_sign_in, joined.invitation) == (PASSWORD, True, None)
    assert joined.sessions_since == LATER
    assert (world.events[-1].actor.kind, world.events[-1].actor.name) == ("person", "Olga")


def test_a_link_is_good_for_once() -> None:
    world = people(olga=Role.OWNER)
    assert code(world.do(join("olga"))) == "invalid-invitation"


def test_a_wrong_link_sets_no_password() -> None:
    world = World()
    assert code(world.do(invite("olga"), join("olga", "guessed"))) == "invalid-invitation"
    assert not account(world, "olga").is_joined


@pytest.mark.parametrize(
    ("seconds", "refusal"), [(INVITATION_SECONDS - 1, None), (INVITATION_SECONDS, "invalid-invitation")]
)
def test_a_link_ends_after_its_time(seconds: int, refusal: str | None) -> None:
    world = World()
    world.do(invite("olga"))
    world.now = START + timedelta(seconds=seconds)
    assert code(world.do(join("olga"))) == refusal


def test_a_new_link_ends_the_one_before_and_the_password_holds_until_it_is_used() -> None:
    world = people(olga=Role.OWNER, mona=Role.MODERATOR)
    world.do(ask(RenewInvitation, "mona", "olga", **LINK))
    assert account(world, "mona").may_sign_in
    assert code(world.do(join("mona"))) == "invalid-invitation"
    assert code(world.do(join("mona", "another link", at=LATER))) is None
    assert account(world, "mona").sessions_since == LATER


def test_a_link_of_somebody_disabled_is_dead_and_no_new_one_is_made() -> None:
    world = people(olga=Role.OWNER)
    world.do(invite("mona"), ask(DisableAccount, "mona", "olga"))
    assert code(world.do(join("mona"))) == "invalid-invitation"
    assert code(world.do(ask(RenewInvitation, "mona", "olga", **LINK))) == "account-disabled"
    world.do(ask(EnableAccount, "mona", "olga"))
    assert code(world.do(join("mona"))) == "invalid-invitation"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OWNER], ids=str)
def test_a_link_made_for_a_lower_role_lets_nobody_into_a_higher_one(role: Role) -> None:
    world = team()
    link = {"invitation": hashed("of adam"), "invited_until": START + timedelta(hours=1)}
    world.do(ask(RenewInvitation, "mona", "adam", **link), ask(ChangeRole, "mona", "olga", role=role))
    assert code(world.do(join("mona", "of adam"))) == ("invalid-invitation" if role is Role.OWNER else None)


def test_a_name_is_taken_once() -> None:
    assert code(people(olga=Role.OWNER).do(invite("olga", by="olga"))) == "account-exists"


def test_the_id_of_an_account_is_that_of_its_name() -> None:
    with pytest.raises(ValidationError, match="the id of olga"):
        InviteAccount.model_validate({**invite("olga").model_dump(), "account_id": account_id("other")})


@pytest.mark.parametrize(
    "login", ["o", "Olga", "\u043elga", "ol ga", "olga\n", ".olga", "o" * 33, "olga\u200b", ""], ids=ascii
)
def test_a_login_is_plain(login: str) -> None:
    with pytest.raises(ValidationError):
        invite(login)


@pytest.mark.parametrize("name", ["", " ", "Ol\nga", "Ol\u202ega", "Ol\u200bga", "x" * 65], ids=ascii)
def test_a_shown_name_holds_nothing_that_is_not_seen(name: str) -> None:
    with pytest.raises(ValidationError):
        invite("olga", name=name)


def test_a_shown_name_is_tidied() -> None:
    assert invite("olga", name="  A\u0301nna   K. ").name == "Ánna K."


@pytest.mark.parametrize("role", Role, ids=str)
@pytest.mark.parametrize("login", ["olga", "adam", "rita", "mona", "vera"])
def test_who_makes_whom(login: str, role: Role) -> None:
    """Owners make everybody, admins those below them, others nobody."""
    world = team()
    own = account(world, login).role
    expected = own is Role.OWNER or (own is Role.ADMIN and role.rank < own.rank)
    assert (code(world.do(invite("newcomer", role, by=login))) is None) == expected


@pytest.mark.parametrize("command", MANAGING)
@pytest.mark.parametrize("target", ["olga", "adam", "rita", "mona", "vera"])
@pytest.mark.parametrize("by", ["olga", "adam", "rita", "mona", "vera"])
def test_who_manages_whom(by: str, target: str, command: str) -> None:
    world = team()
    world.do(invite("otto", Role.OWNER), join("otto"))
    kind, values = MANAGING[command]
    own, other = account(world, by).role, account(world, target).role
    below = own is Role.OWNER or (own is Role.ADMIN and other.rank < own.rank)
    on_oneself = by == target and command in {"totp", "sessions"}
    not_oneself = by == target and command == "disable"
    decided = code(world.do(ask(kind, target, by, LATER, **values)))
    assert decided == (None if (below or on_oneself) and not not_oneself else "insufficient-rights")


@pytest.mark.parametrize("role", Role, ids=str)
@pytest.mark.parametrize("login", ["adam", "rita", "mona", "vera"])
def test_nobody_raises_themselves(login: str, role: Role) -> None:
    world = team()
    assert code(world.do(ask(ChangeRole, login, login, role=role))) == "insufficient-rights"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER], ids=str)
def test_an_admin_raises_nobody_to_the_own_rank(role: Role) -> None:
    assert code(team().do(ask(ChangeRole, "mona", "adam", role=role))) == "insufficient-rights"


@pytest.mark.parametrize("by", ["olga", None])
@pytest.mark.parametrize("command", ["role", "disable"])
def test_the_last_owner_stays(by: str | None, command: str) -> None:
    kind, values = MANAGING[command]
    world = team()
    assert code(world.do(ask(kind, "olga", by, **values))) in {"last-owner", "insufficient-rights"}
    assert account(world, "olga").may_sign_in
    assert account(world, "olga").role is Role.OWNER


@pytest.mark.parametrize(
    ("other", "is_counted"),
    [((invite("otto", Role.OWNER),), False), ((invite("otto", Role.OWNER), join("otto")), True)],
    ids=["invited", "joined"],
)
def test_an_owner_who_never_joined_is_no_other_owner(
    other: tuple[InviteAccount | JoinAccount, ...], is_counted: bool
) -> None:
    world = team()
    world.do(*other)
    decided = code(world.do(ask(ChangeRole, "olga", role=Role.ADMIN)))
    assert decided == (None if is_counted else "last-owner")


def test_two_owners_cannot_disable_each_other_at_once() -> None:
    world = people(olga=Role.OWNER, otto=Role.OWNER)
    assert code(world.do(ask(DisableAccount, "otto", "olga"))) is None
    assert code(world.do(ask(DisableAccount, "olga", "otto"))) == "insufficient-rights"
    assert code(world.do(ask(DisableAccount, "olga"))) == "last-owner"


@pytest.mark.parametrize("command", OWN)
@pytest.mark.parametrize("by", ["olga", None], ids=["owner", "operator"])
def test_what_people_do_for_themselves_nobody_does_for_them(by: str | None, command: str) -> None:
    kind, values = OWN[command]
    world = team()
    world.do(ask(EnableTotp, "mona", "mona", totp="dG90cA", recovery=CODES))
    assert code(world.do(ask(kind, "mona", by, **values))) == "insufficient-rights"
    assert code(world.do(ask(kind, "mona", "mona", **values))) is None


def test_another_password_ends_every_session() -> None:
    world = team()
    world.do(ask(SetPassword, "mona", "mona", LATER, password=OTHER_PASSWORD))
    assert (account(world, "mona").password, account(world, "mona").sessions_since) == (OTHER_PASSWORD, LATER)


def test_a_recovery_code_is_good_for_once() -> None:
    world = team()
    world.do(ask(EnableTotp, "mona", "mona", totp="dG90cA", recovery=CODES))
    used = world.do(ask(UseRecoveryCode, "mona", "mona", code=CODES[0]))
    assert [getattr(event, "left", None) for event in used.events] == [1]
    assert code(world.do(ask(UseRecoveryCode, "mona", "mona", code=CODES[0]))) == "invalid-recovery-code"
    assert account(world, "mona").recovery == CODES[1:]


def test_without_the_second_factor_its_codes_are_gone() -> None:
    world = team()
    world.do(ask(EnableTotp, "mona", "mona", totp="dG90cA", recovery=CODES), ask(DisableTotp, "mona", "adam"))
    assert (account(world, "mona").totp, account(world, "mona").recovery) == (None, ())


def test_who_is_disabled_manages_nobody() -> None:
    world = team()
    world.do(ask(DisableAccount, "adam", "olga", LATER, reason="left"))
    assert account(world, "adam").sessions_since == LATER
    assert code(world.do(ask(RevokeSessions, "vera", "adam"))) == "insufficient-rights"
    world.do(ask(EnableAccount, "adam", "olga"))
    assert code(world.do(ask(RevokeSessions, "vera", "adam"))) is None


@pytest.mark.parametrize(
    "actor",
    [
        Actor(kind="server", id="a" * 24),
        Actor(kind="token", id=account_id("olga")),
        Actor(kind="system", id="abuse-tracker"),
        person("stranger"),
    ],
    ids=["server", "token", "system", "stranger"],
)
def test_only_people_and_the_operator_manage_accounts(actor: Actor) -> None:
    world = team()
    command = ask(RevokeSessions, "vera").model_copy(update={"actor": actor})
    assert code(world.do(command)) == "insufficient-rights"


def test_the_log_names_people_as_they_are_recorded() -> None:
    world = team()
    world.do(ask(RevokeSessions, "vera", "adam", LATER))
    assert world.events[-1].actor == Actor(kind="person", id=account_id("adam"), name="Adam")


@pytest.mark.parametrize("kind", [ChangeRole, RenewInvitation, DisableAccount, EnableAccount, RevokeSessions])
def test_an_account_that_is_not_there_is_unknown(kind: type[Any]) -> None:
    values = next((values for each, values in MANAGING.values() if each is kind), {})
    assert code(team().do(ask(kind, "nobody", "olga", **values))) == "unknown-account"


@pytest.mark.parametrize("command", [key for key in MANAGING if key != "sessions"])
def test_the_same_again_yields_nothing(command: str) -> None:
    kind, values = MANAGING[command]
    world = team()
    world.do(ask(kind, "mona", "olga", **values))
    again = world.do(ask(kind, "mona", "olga", LATER, **values))
    assert (again.events, again.refusal) == ((), None)


def test_signing_in_is_kept_in_a_stream_of_its_own() -> None:
    world = team()
    before = account(world, "mona")
    (event,) = world.do(ask(RecordSignIn, "mona", "mona", sign_in_id="5" * 24, second_factor="totp")).events
    assert (event.stream, event.token) == (f"sign-in:{'5' * 24}", f"account={account_id('mona')}")
    assert account(world, "mona") == before


def test_a_lockout_of_a_name_without_account_leaves_nothing_in_the_log() -> None:
    world = team()
    known = len(world.events)
    assert code(world.do(ask(RecordLockout, "nobody", **LOCKED))) == "unknown-account"
    assert len(world.events) == known
    assert len(world.do(ask(RecordLockout, "mona", **LOCKED)).events) == 1


def test_what_lets_somebody_in_never_leaves_the_log() -> None:
    world = team()
    world.do(
        ask(EnableTotp, "mona", "mona", totp="dG90cA", recovery=CODES),
        ask(RenewRecoveryCodes, "mona", "mona", recovery=CODES[:1]),
        ask(UseRecoveryCode, "mona", "mona", code=CODES[0]),
        ask(SetPassword, "mona", "mona", password=OTHER_PASSWORD),
        ask(RenewInvitation, "mona", "olga", **LINK),
    )
    told = str([published(stored(event)) for event in world.events])
    kept = str([stored(event) for event in world.events])
    for secret in (PASSWORD, OTHER_PASSWORD, "dG90cA", *CODES, LINK["invitation"], hashed("link of mona")):
        assert secret in kept
        assert secret not in told


_COMMANDS = st.builds(
    lambda choice, target, by, minutes: ask(
        MANAGING[choice][0], target, by, START + timedelta(minutes=minutes), **MANAGING[choice][1]
    ),
    st.sampled_from(sorted(MANAGING)),
    st.sampled_from(["olga", "otto", "adam", "vera"]),
    st.sampled_from(["olga", "otto", "adam", "vera", None]),
    st.integers(0, 60),
)


@given(st.lists(_COMMANDS, max_size=12))
def test_an_owner_who_may_sign_in_is_always_left(commands: list[Any]) -> None:
    world = people(olga=Role.OWNER, otto=Role.OWNER, adam=Role.ADMIN, vera=Role.VIEWER)
    world.do(*commands)
    accounts = [record.account for record in world.records.values() if record.account]
    assert any(each.role is Role.OWNER and each.may_sign_in for each in accounts)
