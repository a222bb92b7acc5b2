"""Accounts: decisions on the people who sign in to the console. Pure."""

from datetime import datetime
from typing import assert_never

from banstream_contracts.accounts import AccountEntry
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
from banstream_contracts.events.accounts import (
    AccountDisabled,
    AccountEnabled,
    AccountInvited,
    AccountJoined,
    InvitationRenewed,
    LockedOut,
    PasswordSet,
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    RoleChanged,
    SessionsRevoked,
    SignedIn,
    TotpDisabled,
    TotpEnabled,
)
from banstream_contracts.infraction_messages import AnyAccountEvent
from banstream_infractions.domain.accounts_rights import account_of, acting, last_owner, may_give, may_manage
from banstream_infractions.domain.record import Context, Decision, Record, refused

ManagedCommand = ChangeRole | RenewInvitation | DisableAccount | EnableAccount | DisableTotp | RevokeSessions
OwnCommand = SetPassword | EnableTotp | RenewRecoveryCodes | UseRecoveryCode
AnyAccountCommand = InviteAccount | JoinAccount | ManagedCommand | OwnCommand | RecordSignIn | RecordLockout


def decide_account(command: AnyAccountCommand, record: Record, now: datetime, context: Context) -> Decision:
    """What a command makes of an account, seeing whoever gives it and every owner."""
    if isinstance(command, RecordSignIn | RecordLockout):
        return _recorded(command, context)
    if isinstance(command, JoinAccount):
        return _join(command, record.account, now)
    person = acting(command, context)
    if isinstance(person, Decision):
        return person
    named = _named(command, person)
    if isinstance(named, InviteAccount):
        return _invite(named, record.account, person)
    if record.account is None:
        return refused("unknown-account", f"there is no account {command.account_id}")
    if isinstance(named, OwnCommand):
        return _own(named, record.account, person)
    return _managed(named, record.account, person, context)


def _named(
    command: InviteAccount | ManagedCommand | OwnCommand, person: AccountEntry | None
) -> InviteAccount | ManagedCommand | OwnCommand:
    """The command with the name that the person is recorded under, whatever was sent."""
    if person is None:
        return command
    return command.model_copy(update={"actor": command.actor.model_copy(update={"name": person.name})})


def _invite(command: InviteAccount, account: AccountEntry | None, person: AccountEntry | None) -> Decision:
    """Make an account; once it was made it is invited anew by `RenewInvitation`."""
    if refusal := may_give(person, command.role):
        return refusal
    if account is not None:
        return refused("account-exists", f"there is an account {command.login} already")
    invited = AccountInvited(
        account_id=command.account_id,
        login=command.login,
        name=command.name,
        role=command.role,
        invitation=command.invitation,
        invited_until=command.invited_until,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((invited,))


def _join(command: JoinAccount, account: AccountEntry | None, now: datetime) -> Decision:
    """The link alone lets in: it is good for one password, and for its time."""
    if account is None or not account.accepts(command.invitation, now):
        return refused("invalid-invitation", "the link is used up, out of date or was replaced: ask for another one")
    actor = command.actor.model_copy(update={"kind": "person", "id": account.id, "name": account.name})
    joined = AccountJoined(account_id=account.id, password=command.password, actor=actor, occurred_at=command.issued_at)
    return Decision((joined,))


def _own(command: OwnCommand, account: AccountEntry, person: AccountEntry | None) -> Decision:
    """What people do to their own account, and nobody for them."""
    if person is None or person.id != account.id:
        return refused("insufficient-rights", "people do that for themselves")
    about = {"account_id": account.id, "actor": command.actor, "occurred_at": command.issued_at}
    match command:
        case SetPassword():
            return _unless(
                account.password == command.password,
                PasswordSet.model_validate({"password": command.password, **about}),
            )
        case EnableTotp():
            enabled = TotpEnabled.model_validate({"totp": command.totp, "recovery": command.recovery, **about})
            return _unless(account.totp == command.totp, enabled)
        case RenewRecoveryCodes():
            renewed = RecoveryCodesRenewed.model_validate({"recovery": command.recovery, **about})
            return _unless(account.recovery == command.recovery, renewed)
        case UseRecoveryCode():
            if command.code not in account.recovery:
                return refused("invalid-recovery-code", "the code is used up, or was never one")
            left = len(account.recovery) - 1
            return Decision((RecoveryCodeUsed.model_validate({"code": command.code, "left": left, **about}),))
        case _:
            assert_never(command)


def _managed(command: ManagedCommand, account: AccountEntry, person: AccountEntry | None, context: Context) -> Decision:
    """What those above do to an account; the last owner stays one who may sign in."""
    is_own = person is not None and person.id == account.id
    on_oneself = is_own and isinstance(command, RevokeSessions | DisableTotp)
    if not on_oneself and (refusal := may_manage(person, account)):
        return refusal
    if isinstance(command, ChangeRole) and (refusal := may_give(person, command.role)):
        return refusal
    if isinstance(command, EnableAccount | DisableAccount) and is_own:
        return refused("insufficient-rights", "nobody does that to the own account")
    takes_owner = isinstance(command, DisableAccount) or (isinstance(command, ChangeRole) and _lowers(command, account))
    if takes_owner and (refusal := last_owner(account, context)):
        return refusal
    if isinstance(command, RenewInvitation) and account.disabled:
        return refused("account-disabled", f"{account.login} is disabled: enable the account first")
    return _change(command, account)


def _change(command: ManagedCommand, account: AccountEntry) -> Decision:
    about = {"account_id": account.id, "actor": command.actor, "occurred_at": command.issued_at}
    match command:
        case ChangeRole():
            changed = RoleChanged.model_validate({"role": command.role, "was": account.role, **about})
            return _unless(command.role is account.role, changed)
        case RenewInvitation():
            link = {"invitation": command.invitation, "invited_until": command.invited_until}
            return _unless(
                account.invitation == command.invitation, InvitationRenewed.model_validate({**link, **about})
            )
        case DisableAccount():
            return _unless(account.disabled, AccountDisabled.model_validate({"reason": command.reason, **about}))
        case EnableAccount():
            return _unless(not account.disabled, AccountEnabled.model_validate(about))
        case DisableTotp():
            return _unless(account.totp is None, TotpDisabled.model_validate(about))
        case RevokeSessions():
            return _unless(account.sessions_since == command.issued_at, SessionsRevoked.model_validate(about))
        case _:
            assert_never(command)


def _recorded(command: RecordSignIn | RecordLockout, context: Context) -> Decision:
    """Kept of accounts that exist, so that names that were guessed do not fill the log."""
    account = account_of(command.account_id, context)
    if account is None:
        return refused("unknown-account", f"there is no account {command.account_id}")
    about = {"account_id": account.id, "sign_in_id": command.sign_in_id, "occurred_at": command.issued_at}
    match command:
        case RecordSignIn():
            actor = command.actor.model_copy(update={"name": account.name})
            return Decision(
                (SignedIn.model_validate({"second_factor": command.second_factor, "actor": actor, **about}),)
            )
        case RecordLockout():
            locked = {"failures": command.failures, "locked_until": command.locked_until, "actor": command.actor}
            return Decision((LockedOut.model_validate({**locked, **about}),))
        case _:
            assert_never(command)


def _lowers(command: ChangeRole, account: AccountEntry) -> bool:
    return command.role.rank < account.role.rank


def _unless(is_so: bool, event: AnyAccountEvent) -> Decision:
    """The same again yields nothing."""
    return Decision() if is_so else Decision((event,))
