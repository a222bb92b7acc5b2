"""Nobody gives out more than they hold: rights of admins, and scopes of servers and tokens. Pure.

A server or token that acts for itself holds what its scopes let in, which gateways see to.
"""

from banstream_contracts.admins import Right
from banstream_contracts.commands.admins import SetAdmin
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.credentials import CreateCredential, RotateCredential
from banstream_contracts.credential_scopes import given_with
from banstream_infractions.domain.accounts_rights import account_of
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority

GIVING = (CreateCredential, RotateCredential, SetAdmin)
"""Commands that give rights to somebody; of a person their account is looked at."""


def giving_too_much(command: Command, record: Record, authority: Authority, context: Context) -> Decision | None:
    """The refusal, where an admin or a person would give out what they do not hold themselves."""
    if not isinstance(command, GIVING):
        return None
    given = _given(command, record)
    if authority.admin is not None:
        return authority.lacking(sorted(given, key=tuple(Right).index))
    if command.actor.kind != "person":
        return None
    person = account_of(command.actor.id, context)
    if person is None or not person.may_sign_in:
        return refused("insufficient-rights", "rights are given by people who may sign in")
    missing = [right.value for right in Right if right in given and right not in person.role.rights]
    if not missing:
        return None
    return refused("insufficient-rights", f"the {person.role} {person.login} does not hold: {', '.join(missing)}")


def _given(command: CreateCredential | RotateCredential | SetAdmin, record: Record) -> frozenset[Right]:
    """What the command gives beyond what there is; a new secret gives all that the credential may."""
    if isinstance(command, SetAdmin):
        held = record.admin.rights if record.admin and record.admin.removed_at is None else ()
        return frozenset(command.rights) - frozenset(held)
    if isinstance(command, CreateCredential):
        return given_with(command.kind, command.scopes)
    credential = record.credential
    return given_with(credential.kind, credential.scopes) if credential else frozenset()
