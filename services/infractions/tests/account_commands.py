"""Commands about accounts, and worlds in which people have them, for tests."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from services.infractions.tests.scenes import START, World

from banstream_contracts.accounts import INVITATION_SECONDS, AccountEntry, Role, account_id
from banstream_contracts.commands.accounts import OPERATOR, AccountCommand, InviteAccount, JoinAccount
from banstream_contracts.infractions import Actor
from banstream_runtime.identifiers import new_id

Asked = TypeVar("Asked", bound=AccountCommand)

PASSWORD, OTHER_PASSWORD = "c2VhbGVk", "b3RoZXI"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def person(login: str) -> Actor:
    return Actor(kind="person", id=account_id(login), name="whatever was sent")


def ask(kind: type[Asked], login: str, by: str | None = None, at: datetime = START, /, **values: Any) -> Asked:
    """A command about an account, given by a person or by the operator."""
    actor = person(by) if by else OPERATOR
    return kind(
        command_id=new_id(),
        issued_at=at,
        actor=actor,
        correlation_id=new_id(),
        account_id=account_id(login),
        **values,
    )


def invite(
    login: str, role: Role = Role.MODERATOR, by: str | None = None, *, at: datetime = START, **changes: Any
) -> InviteAccount:
    values = {
        "login": login,
        "name": login.title(),
        "role": role,
        "invitation": hashed(f"link of {login}"),
        "invited_until": at + timedelta(seconds=INVITATION_SECONDS),
    }
    return ask(InviteAccount, login, by, at, **{**values, **changes})


def join(login: str, link: str = "", *, at: datetime = START) -> JoinAccount:
    return ask(JoinAccount, login, login, at, invitation=hashed(link or f"link of {login}"), password=PASSWORD)


def people(**roles: Role) -> World:
    """A world with people who may sign in, by login."""
    world = World()
    for login, role in roles.items():
        world.do(invite(login, role), join(login))
    return world


def account(world: World, login: str) -> AccountEntry:
    found = world.records[f"account:{account_id(login)}"].account
    assert found is not None
    return found
