"""One instance of every message about accounts."""

from pydantic import BaseModel

from banstream_contracts.accounts import AccountEntry, Role, SessionEntry, SignInAttempts, account_id
from banstream_contracts.commands import accounts as commands
from banstream_contracts.events import accounts as events
from banstream_contracts.examples import parts

_LOGIN = "alice"
_ID = account_id(_LOGIN)
_CODES = (parts.KEY_HASH,)
_invited = {
    "login": _LOGIN,
    "name": "Alice",
    "role": Role.MODERATOR,
    "invitation": parts.KEY_HASH,
    "invited_until": parts.LATER,
}
_link = {"invitation": parts.KEY_HASH, "invited_until": parts.LATER}
_asked = {"account_id": _ID, **parts.asked}
_occurred = {"account_id": _ID, **parts.occurred}
_sign_in = {"sign_in_id": "01948a00000000000000516e"}
_locked = {"failures": 5, "locked_until": parts.LATER}

EXAMPLES: tuple[BaseModel, ...] = (
    commands.InviteAccount.model_validate({**_invited, **_asked}),
    commands.RenewInvitation.model_validate({**_link, **_asked}),
    commands.JoinAccount.model_validate({"invitation": parts.KEY_HASH, "password": parts.SEALED, **_asked}),
    commands.SetPassword.model_validate({"password": parts.SEALED, **_asked}),
    commands.ChangeRole.model_validate({"role": Role.REVIEWER, **_asked}),
    commands.EnableTotp.model_validate({"totp": parts.SEALED, "recovery": _CODES, **_asked}),
    commands.DisableTotp.model_validate(_asked),
    commands.RenewRecoveryCodes.model_validate({"recovery": _CODES, **_asked}),
    commands.UseRecoveryCode.model_validate({"code": parts.KEY_HASH, **_asked}),
    commands.DisableAccount.model_validate({"reason": "left the team", **_asked}),
    commands.EnableAccount.model_validate(_asked),
    commands.RevokeSessions.model_validate(_asked),
    commands.RecordSignIn.model_validate({"second_factor": "totp", **_sign_in, **_asked}),
    commands.RecordLockout.model_validate({**_locked, **_sign_in, **_asked}),
    events.AccountInvited.model_validate({**_invited, **_occurred}),
    events.InvitationRenewed.model_validate({**_link, **_occurred}),
    events.AccountJoined.model_validate({"password": parts.SEALED, **_occurred}),
    events.PasswordSet.model_validate({"password": parts.SEALED, **_occurred}),
    events.RoleChanged.model_validate({"role": Role.REVIEWER, "was": Role.MODERATOR, **_occurred}),
    events.TotpEnabled.model_validate({"totp": parts.SEALED, "recovery": _CODES, **_occurred}),
    events.TotpDisabled.model_validate(_occurred),
    events.RecoveryCodesRenewed.model_validate({"recovery": _CODES, **_occurred}),
    events.RecoveryCodeUsed.model_validate({"code": parts.KEY_HASH, "left": 9, **_occurred}),
    events.AccountDisabled.model_validate({"reason": "left the team", **_occurred}),
    events.AccountEnabled.model_validate(_occurred),
    events.SessionsRevoked.model_validate(_occurred),
    events.SignedIn.model_validate({"second_factor": "totp", **_sign_in, **_occurred}),
    events.LockedOut.model_validate({**_locked, **_sign_in, **_occurred}),
    AccountEntry(
        id=_ID,
        login=_LOGIN,
        name="Alice",
        role=Role.MODERATOR,
        password=parts.SEALED,
        totp=parts.SEALED,
        recovery=_CODES,
        disabled=True,
        sessions_since=parts.AT,
        position=parts.POSITION,
        invitation=parts.KEY_HASH,
        invited_until=parts.LATER,
        created_at=parts.AT,
    ),
    SessionEntry(
        account_id=_ID,
        created_at=parts.AT,
        seen_at=parts.LATER,
        agent="Mozilla/5.0 (X11; Linux x86_64)",
        password=parts.KEY_HASH,
    ),
    SignInAttempts(failures=5, locked_until=parts.LATER, totp_step=56_000_000),
)
