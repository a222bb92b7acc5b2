"""Who may do what to an account: the operator all, a person what rank and rules allow. Pure."""

from collections.abc import Iterator

from banstream_contracts.accounts import AccountEntry, Role
from banstream_contracts.commands.accounts import OPERATOR, AccountCommand
from banstream_infractions.domain.record import Context, Decision, refused


def account_stream(account_id: str) -> str:
    """The stream of one account."""
    return f"account:{account_id}"


def acting(command: AccountCommand, context: Context) -> AccountEntry | Decision | None:
    """Who gives a command: None for the operator, else a person who may sign in, or the refusal."""
    actor = command.actor
    if (actor.kind, actor.id) == (OPERATOR.kind, OPERATOR.id):
        return None
    person = account_of(actor.id, context) if actor.kind == "person" else None
    if person is None or not person.may_sign_in:
        return refused("insufficient-rights", "accounts are managed by people who may sign in")
    return person


def account_of(account_id: str, context: Context) -> AccountEntry | None:
    """What the context says of an account."""
    record = context.get(account_stream(account_id))
    return record.account if record else None


def may_manage(person: AccountEntry | None, account: AccountEntry) -> Decision | None:
    """The refusal, where an account is not below a person's own; owners manage each other."""
    return _may_reach(person, account.role, f"the {account.role} {account.login}")


def may_give(person: AccountEntry | None, role: Role) -> Decision | None:
    """The refusal, where a role is not below a person's own; owners make owners."""
    return _may_reach(person, role, f"the role {role}")


def last_owner(account: AccountEntry, context: Context) -> Decision | None:
    """The refusal, where nobody else could sign in as an owner."""
    if account.role is not Role.OWNER or not account.may_sign_in:
        return None
    if any(other.role is Role.OWNER and other.may_sign_in for other in _others(account, context)):
        return None
    return refused("last-owner", f"{account.login} is the last owner: make another one first")


def _may_reach(person: AccountEntry | None, role: Role, what: str) -> Decision | None:
    if person is None or person.role.manages(role):
        return None
    return refused("insufficient-rights", f"the {person.role} {person.login} does not manage {what}")


def _others(account: AccountEntry, context: Context) -> Iterator[AccountEntry]:
    return (
        record.account for record in context.values() if record.account is not None and record.account.id != account.id
    )
