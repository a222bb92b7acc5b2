"""Commands about accounts: what people, and the operator for them, ask infractions to do."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.accounts import MOST_RECOVERY_CODES, Login, PersonName, Role, account_id
from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import Actor
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import KeyHash, Reason, ShortId

RecoveryCodes = Annotated[tuple[KeyHash, ...], Field(max_length=MOST_RECOVERY_CODES)]
"""SHA-256 of codes, each good for signing in once without the second factor."""


OPERATOR = Actor(kind="system", id="operator")
"""Whoever has the operator's password of NATS, and with it everything anyway: the command line."""


class AccountCommand(Command):
    """About one account."""

    account_id: ShortId

    @property
    def token(self) -> str:
        """By the account."""
        return f"account={self.account_id}"


class InviteAccount(AccountCommand):
    """Make an account; whoever has the link chooses its password. `invitation` is SHA-256 of the link's token."""

    type: Literal["invite_account"] = "invite_account"
    login: Login
    name: PersonName
    role: Role
    invitation: KeyHash
    invited_until: AwareDatetime

    @model_validator(mode="after")
    def _has_the_id_of_its_name(self) -> Self:
        if self.account_id != account_id(self.login):
            raise ValueError(f"the id of {self.login} is {account_id(self.login)}")
        return self


class RenewInvitation(AccountCommand):
    """Make a new link, for one who has lost the other, or the password. The password holds until it is used."""

    type: Literal["renew_invitation"] = "renew_invitation"
    invitation: KeyHash
    invited_until: AwareDatetime


class JoinAccount(AccountCommand):
    """Choose a password by a link, once. `password` is an argon2id hash, sealed for the console."""

    type: Literal["join_account"] = "join_account"
    invitation: KeyHash
    password: Sealed


class SetPassword(AccountCommand):
    """Choose another password; every session ends."""

    type: Literal["set_password"] = "set_password"
    password: Sealed


class ChangeRole(AccountCommand):
    """Give a person another role."""

    type: Literal["change_role"] = "change_role"
    role: Role


class EnableTotp(AccountCommand):
    """Ask for a code at each sign-in from now on. `totp` is the secret, sealed for the console."""

    type: Literal["enable_totp"] = "enable_totp"
    totp: Sealed
    recovery: RecoveryCodes


class DisableTotp(AccountCommand):
    """Ask for the password alone."""

    type: Literal["disable_totp"] = "disable_totp"


class RenewRecoveryCodes(AccountCommand):
    """Other recovery codes, instead of those before."""

    type: Literal["renew_recovery_codes"] = "renew_recovery_codes"
    recovery: RecoveryCodes


class UseRecoveryCode(AccountCommand):
    """Sign in with a recovery code instead of the second factor; it is good for once."""

    type: Literal["use_recovery_code"] = "use_recovery_code"
    code: KeyHash


class DisableAccount(AccountCommand):
    """Let a person in no more; every session ends."""

    type: Literal["disable_account"] = "disable_account"
    reason: Reason | None = None


class EnableAccount(AccountCommand):
    """Let a person in again, with the password from before."""

    type: Literal["enable_account"] = "enable_account"


class RevokeSessions(AccountCommand):
    """End every session of a person."""

    type: Literal["revoke_sessions"] = "revoke_sessions"


class SignInCommand(AccountCommand):
    """About one attempt to sign in."""

    sign_in_id: ShortId


class RecordSignIn(SignInCommand):
    """Keep that a person has signed in, and what they showed beside the password."""

    type: Literal["record_sign_in"] = "record_sign_in"
    second_factor: Literal["none", "totp", "recovery_code"] = "none"


class RecordLockout(SignInCommand):
    """Keep that an account was locked for a while after `failures` attempts, one after the other."""

    type: Literal["record_lockout"] = "record_lockout"
    failures: Annotated[int, Field(ge=1)]
    locked_until: AwareDatetime
