"""Events of accounts. What lets somebody in stays in the log, and there it is a hash or sealed."""

from typing import Literal

from pydantic import AwareDatetime

from banstream_contracts.accounts import KeptName, Login, Role
from banstream_contracts.events.event import Event
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import KeyHash, Reason, ShortId


class AccountEvent(Event):
    """An event that changes one account."""

    account_id: ShortId

    @property
    def stream(self) -> str:
        """The log stream: `account:<id>`."""
        return f"account:{self.account_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"account={self.account_id}"


class AccountInvited(AccountEvent):
    """An account was made; its password is still to be chosen."""

    private = frozenset({"invitation"})

    type: Literal["account.invited"] = "account.invited"
    login: Login
    name: KeptName
    role: Role
    invitation: KeyHash
    invited_until: AwareDatetime


class InvitationRenewed(AccountEvent):
    """There is a new link for choosing the password; the one before is good for nothing."""

    private = frozenset({"invitation"})

    type: Literal["account.invitation_renewed"] = "account.invitation_renewed"
    invitation: KeyHash
    invited_until: AwareDatetime


class AccountJoined(AccountEvent):
    """A person chose the password by a link, which is used up; every session has ended."""

    private = frozenset({"password"})

    type: Literal["account.joined"] = "account.joined"
    password: Sealed


class PasswordSet(AccountEvent):
    """A person chose another password; every session has ended."""

    private = frozenset({"password"})

    type: Literal["account.password_set"] = "account.password_set"
    password: Sealed


class RoleChanged(AccountEvent):
    """A person has another role."""

    type: Literal["account.role_changed"] = "account.role_changed"
    role: Role
    was: Role


class TotpEnabled(AccountEvent):
    """A person is asked for a code at each sign-in."""

    private = frozenset({"totp", "recovery"})

    type: Literal["account.totp_enabled"] = "account.totp_enabled"
    totp: Sealed
    recovery: tuple[KeyHash, ...] = ()


class TotpDisabled(AccountEvent):
    """A person is asked for the password alone."""

    type: Literal["account.totp_disabled"] = "account.totp_disabled"


class RecoveryCodesRenewed(AccountEvent):
    """A person has other recovery codes."""

    private = frozenset({"recovery"})

    type: Literal["account.recovery_codes_renewed"] = "account.recovery_codes_renewed"
    recovery: tuple[KeyHash, ...] = ()


class RecoveryCodeUsed(AccountEvent):
    """A recovery code is used up; `left` are still good."""

    private = frozenset({"code"})

    type: Literal["account.recovery_code_used"] = "account.recovery_code_used"
    code: KeyHash
    left: int


class AccountDisabled(AccountEvent):
    """A person is let in no more; every session has ended."""

    type: Literal["account.disabled"] = "account.disabled"
    reason: Reason | None = None


class AccountEnabled(AccountEvent):
    """A person is let in again."""

    type: Literal["account.enabled"] = "account.enabled"


class SessionsRevoked(AccountEvent):
    """Every session of a person has ended."""

    type: Literal["account.sessions_revoked"] = "account.sessions_revoked"


class SignInEvent(Event):
    """An event that changes no account: it has a stream of its own, since people sign in without end."""

    account_id: ShortId
    sign_in_id: ShortId

    @property
    def stream(self) -> str:
        """The log stream: one an attempt, as nothing else happens to it."""
        return f"sign-in:{self.sign_in_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"account={self.account_id}"


class SignedIn(SignInEvent):
    """A person has signed in."""

    type: Literal["account.signed_in"] = "account.signed_in"
    second_factor: Literal["none", "totp", "recovery_code"] = "none"


class LockedOut(SignInEvent):
    """Nobody may sign in by an account for a while, after `failures` attempts one after the other."""

    type: Literal["account.locked_out"] = "account.locked_out"
    failures: int
    locked_until: AwareDatetime
