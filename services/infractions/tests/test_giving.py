"""Nobody gives out more than they hold: scopes of servers and tokens, rights of admins."""

import pytest
from services.infractions.tests.account_commands import ask, people, person
from services.infractions.tests.scenes import ADMIN, OTHER, World, about, by, code, make_admin, world

from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_contracts.commands.accounts import DisableAccount
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.credential_scopes import RIGHTS_OF_SCOPE
from banstream_contracts.infraction_messages import AnyCommand

ID = "e" * 24
PUNISHERS = (Right.MANAGE_TOKENS, *RIGHTS_OF_SCOPE["punish"])


def make(*scopes: str, kind: str = "token") -> CreateCredential:
    return CreateCredential(**about(credential_id=ID, kind=kind, name="x", scopes=scopes, key_hash="0" * 64))


def rotate() -> RotateCredential:
    return RotateCredential(**about(credential_id=ID, key_hash="1" * 64))


def as_person(command: AnyCommand, login: str) -> AnyCommand:
    return command.model_copy(update={"actor": person(login)})


def everybody() -> World:
    """Somebody of each role, who goes by its name."""
    return people(**{role.value: role for role in Role})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("scopes", "kind", "givers"),
    [
        (("check",), "token", {Role.ADMIN, Role.OWNER}),
        (("check", "report"), "token", {Role.ADMIN, Role.OWNER}),
        (("check", "punish"), "token", {Role.ADMIN, Role.OWNER}),
        (("check", "report", "punish"), "server", {Role.ADMIN, Role.OWNER}),
        (("admin",), "token", {Role.OWNER}),
        (("check", "admin"), "token", {Role.OWNER}),
    ],
    ids=["check", "report", "punish", "server", "admin", "check-admin"],
)
def test_a_person_gives_the_scopes_that_their_role_holds(
    scopes: tuple[str, ...], kind: str, givers: set[Role], role: Role
) -> None:
    decision = everybody().decide(as_person(make(*scopes, kind=kind), role.value))
    assert code(decision) == (None if role in givers else "insufficient-rights")
    assert bool(decision.events) is (role in givers)


def test_a_new_secret_is_worth_what_its_token_may() -> None:
    made = everybody()
    made.do(as_person(make("admin"), "owner"))
    refused = made.decide(as_person(rotate(), "admin"))
    assert refused.refusal
    assert refused.refusal.message == "the admin admin does not hold: vpn_immune, immune"
    assert made.decide(as_person(RevokeCredential(**about(credential_id=ID)), "admin")).events
    assert made.decide(as_person(rotate(), "owner")).events


def test_who_has_no_account_or_is_disabled_gives_nothing() -> None:
    made = everybody()
    assert code(made.decide(as_person(make("check"), "nobody"))) == "insufficient-rights"
    made.do(ask(DisableAccount, "admin"))
    assert code(made.decide(as_person(make("check"), "admin"))) == "insufficient-rights"


@pytest.mark.parametrize("missing", sorted(RIGHTS_OF_SCOPE["punish"]))
def test_an_admin_on_a_server_gives_the_scope_to_punish_with_every_right_of_it(missing: Right) -> None:
    made = world(make_admin(*PUNISHERS))
    assert made.decide(by(make("punish"), ADMIN)).events
    made.do(make_admin(*(right for right in PUNISHERS if right is not missing)))
    assert code(made.decide(by(make("punish"), ADMIN))) == "insufficient-rights"
    assert made.decide(by(make("check"), ADMIN)).events


def test_an_admin_on_a_server_makes_admins_of_what_they_hold() -> None:
    made = world(make_admin(Right.MANAGE_ADMINS, Right.BAN))
    assert made.decide(by(make_admin(Right.BAN, player=OTHER), ADMIN)).events
    assert code(made.decide(by(make_admin(Right.BAN, Right.IMMUNE, player=OTHER), ADMIN))) == "insufficient-rights"
    assert code(made.decide(by(make_admin(*Right), ADMIN))) == "insufficient-rights"


def test_what_an_admin_has_already_is_not_given() -> None:
    made = world(make_admin(Right.MANAGE_ADMINS), make_admin(Right.IMMUNE, player=OTHER))
    assert made.decide(by(make_admin(Right.IMMUNE, player=OTHER, name="Barney"), ADMIN)).events
    assert made.decide(by(make_admin(player=OTHER), ADMIN)).events


def test_a_token_gives_what_its_scopes_let_in_and_nobody_asks_here() -> None:
    assert world().decide(make("admin")).events
