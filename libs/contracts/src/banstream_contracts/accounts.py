"""Accounts: people who sign in to the console, what they may do there, and where they are signed in."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints

from banstream_contracts.admins import Right
from banstream_contracts.infractions import Contract
from banstream_contracts.text import KeyHash, Name, ShortId

Login = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,31}$")]
"""What a person signs in with: ASCII and lower case, so that no two look the same."""


_VARIANTS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Which look a letter has of several: phones put one behind a heart."""
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, accents and signs by their category, of which nothing is seen."""


def _tidied(name: object) -> object:
    """Composed, with single blanks of one kind between the words."""
    if not isinstance(name, str):
        return name
    composed = _VARIANTS.sub("", unicodedata.normalize("NFC", name))
    blank = "".join(" " if unicodedata.category(each) == "Zs" else each for each in composed)
    return " ".join(part for part in blank.split(" ") if part)


def _seen(name: str) -> str:
    """Refuse what nobody sees: characters that turn the text round, join or part letters, or are no character."""
    unseen = (each for each in name if each in _FILLERS or unicodedata.category(each) in {"Cf", "Co", "Cn"})
    if hidden := next(unseen, None):
        raise ValueError(f"holds the invisible character U+{ord(hidden):04X}")
    return name


KeptName = Annotated[Name, StringConstraints(max_length=64)]
"""What a person is shown as, as it was taken, be it by another release."""

PersonName = Annotated[KeptName, BeforeValidator(_tidied), AfterValidator(_seen)]
"""What a person may be shown as: no two look the same and differ in what nobody sees."""

INVITATION_SECONDS = 48 * 3600
"""How long an invitation is good for."""
MOST_RECOVERY_CODES = 16


def account_id(login: str) -> str:
    """The 24 hex digits of an account: they follow from the name, so that no two accounts have the same one."""
    return sha256(f"account {login}".encode()).hexdigest()[:24]


class Role(StrEnum):
    """What somebody is to the community; each may do what the ones before it may."""

    VIEWER = "viewer"
    MODERATOR = "moderator"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rights(self) -> frozenset[Right]:
        """The same rights that admins have on game servers."""
        return _RIGHTS[self]

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return tuple(Role).index(self)

    def manages(self, other: "Role") -> bool:
        """Whether people of this role make, change and end accounts of another: owners all, admins those below."""
        if self is Role.OWNER:
            return True
        return Right.MANAGE_ADMINS in self.rights and other.rank < self.rank


_VIEWER = frozenset({Right.COMMENT})
_MODERATOR = _VIEWER | {
    Right.ISSUE,
    Right.ATTACH,
    Right.ITEM_BLOCK,
    Right.VOICE_BLOCK,
    Right.CHAT_BLOCK,
    Right.BAN,
    Right.ADMIN_CHAT_BLOCK,
    Right.CALL_ADMIN_BLOCK,
    Right.SCOPE_GLOBAL,
    Right.KICK,
}
_REVIEWER = _MODERATOR | {Right.REVIEW, Right.EDIT_ALL, Right.SCOPE_COMMUNITY, Right.SEE_ADDRESSES}
_ADMIN = _REVIEWER | {
    Right.MANAGE_SERVERS,
    Right.MANAGE_NETWORKS,
    Right.AUDIT,
    Right.MANAGE_ADMINS,
    Right.MANAGE_TOKENS,
    Right.MANAGE_POLICIES,
    Right.SKIP_IMMUNITY,
    Right.ASSIGN_SERVER,
}
_RIGHTS = {
    Role.VIEWER: _VIEWER,
    Role.MODERATOR: _MODERATOR,
    Role.REVIEWER: _REVIEWER,
    Role.ADMIN: _ADMIN,
    Role.OWNER: frozenset(Right),
}


class AccountEntry(Contract):
    """One account as the console needs it to let somebody in, also while infractions is away.

    `password` is an argon2id hash and `totp` a secret, each sealed for the console; None is not set.
    Sessions begun before `sessions_since` are over. Whoever is `disabled` is let in nowhere.
    """

    id: ShortId
    login: Login
    name: Name
    role: Role
    password: str | None = None
    totp: str | None = None
    recovery: tuple[str, ...] = ()
    """SHA-256 of recovery codes that have not been used."""
    disabled: bool = False
    sessions_since: AwareDatetime
    position: int = 0
    invitation: KeyHash | None = None
    """SHA-256 of the token of the link that sets the password; None once it was used."""
    invited_until: AwareDatetime | None = None
    created_at: AwareDatetime | None = None

    @property
    def is_joined(self) -> bool:
        """Whether the person has chosen a password."""
        return self.password is not None

    @property
    def may_sign_in(self) -> bool:
        """Whether any password lets this person in."""
        return self.is_joined and not self.disabled

    def accepts(self, invitation: str, now: datetime) -> bool:
        """Whether a link, by the hash of its token, sets the password at `now`."""
        return (
            not self.disabled
            and self.invitation == invitation
            and self.invited_until is not None
            and now < self.invited_until
        )


class SessionEntry(Contract):
    """Where somebody is signed in. Its key is the SHA-256 of the cookie, in hex."""

    account_id: ShortId
    created_at: AwareDatetime
    seen_at: AwareDatetime
    """To the minute: it is written once a minute at most."""
    agent: str = ""
    """The browser, as it names itself, cut at 200 characters."""
    password: KeyHash | None = None
    """SHA-256 of the sealed password that let somebody in: another one ends the session, however late it came."""


class SignInAttempts(Contract):
    """Attempts to sign in that failed, one after the other: of a name, or from an address.

    The key is `name.<account id that the name would have>` or `address.<keyed hash of the address>`, so that it does
    not tell which names there are. It ends `streams.ATTEMPTS_SECONDS` after the last attempt.
    `totp_step` is the last time step whose code was taken, since a code is good for once.
    """

    failures: int = 0
    locked_until: AwareDatetime | None = None
    totp_step: int | None = None
