"""What events make of an account. Pure; checks no rules."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from banstream_contracts.accounts import AccountEntry
from banstream_contracts.events.accounts import (
    AccountDisabled,
    AccountEnabled,
    AccountInvited,
    AccountJoined,
    InvitationRenewed,
    PasswordSet,
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    RoleChanged,
    SessionsRevoked,
    TotpDisabled,
    TotpEnabled,
)
from banstream_contracts.infraction_messages import AnyAccountEvent

_NO_INVITATION: Mapping[str, object] = MappingProxyType({"invitation": None, "invited_until": None})
"""Also after a higher role: whoever made the link for a lower one has it still."""


def evolve_account(account: AccountEntry | None, event: AnyAccountEvent, position: int) -> AccountEntry:
    """The account after an event of it. Raises LookupError where there was none."""
    if isinstance(event, AccountInvited):
        return AccountEntry(
            id=event.account_id,
            login=event.login,
            name=event.name,
            role=event.role,
            sessions_since=event.occurred_at,
            position=position,
            invitation=event.invitation,
            invited_until=event.invited_until,
            created_at=event.occurred_at,
        )
    if account is None:
        raise LookupError(f"{event.type} of an account that was never made: {event.account_id}")
    return account.model_copy(update={**_changes(account, event), "position": position})


def _changes(account: AccountEntry, event: AnyAccountEvent) -> dict[str, object]:
    match event:
        case InvitationRenewed():
            return {"invitation": event.invitation, "invited_until": event.invited_until}
        case AccountJoined() | PasswordSet():
            return {"password": event.password, **_NO_INVITATION, "sessions_since": event.occurred_at}
        case AccountDisabled():
            return {"disabled": True, **_NO_INVITATION, "sessions_since": event.occurred_at}
        case AccountEnabled():
            return {"disabled": False}
        case RoleChanged():
            return {"role": event.role, **(_NO_INVITATION if event.role.rank > event.was.rank else {})}
        case SessionsRevoked():
            return {"sessions_since": event.occurred_at}
        case AccountInvited():
            return {}
        case _:
            return _second_factor(account, event)


def _second_factor(
    account: AccountEntry, event: TotpEnabled | TotpDisabled | RecoveryCodesRenewed | RecoveryCodeUsed
) -> dict[str, object]:
    match event:
        case TotpEnabled():
            return {"totp": event.totp, "recovery": event.recovery}
        case TotpDisabled():
            return {"totp": None, "recovery": ()}
        case RecoveryCodesRenewed():
            return {"recovery": event.recovery}
        case RecoveryCodeUsed():
            return {"recovery": tuple(code for code in account.recovery if code != event.code)}
        case _:
            assert_never(event)
