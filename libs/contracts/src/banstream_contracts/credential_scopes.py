"""What the scopes of servers and tokens let in, as rights: nobody gives out a scope without holding those."""

from collections.abc import Mapping
from typing import Literal

from banstream_contracts.admins import Right
from banstream_contracts.infractions import Punishment

CredentialScope = Literal["check", "report", "punish", "admin"]

_PUNISHES = frozenset(
    {
        Right.ISSUE,
        Right.EDIT_ALL,
        Right.KICK,
        Right.MANAGE_POLICIES,
        Right.SCOPE_GLOBAL,
        Right.SCOPE_COMMUNITY,
        Right.SKIP_IMMUNITY,
        *(Right(punishment.value) for punishment in Punishment),
    }
)

RIGHTS_OF_SCOPE: Mapping[CredentialScope, frozenset[Right]] = {
    "check": frozenset(),
    "report": frozenset(),
    "punish": _PUNISHES,
    "admin": frozenset(Right),
}
"""`admin` makes admins with any right, so it is worth all of them: of people, owners alone hold that."""


def given_with(kind: Literal["server", "token"], scopes: tuple[CredentialScope, ...]) -> frozenset[Right]:
    """Everything that a server or token may, and the right to make one of its kind."""
    manages = Right.MANAGE_SERVERS if kind == "server" else Right.MANAGE_TOKENS
    return frozenset({manages}).union(*(RIGHTS_OF_SCOPE[scope] for scope in scopes))
