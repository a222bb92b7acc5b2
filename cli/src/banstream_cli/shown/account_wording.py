"""Events of accounts in the words of an operator."""

from collections.abc import Mapping
from typing import Any

STYLES = {
    "account.invited": "blue",
    "account.joined": "green",
    "account.role_changed": "yellow",
    "account.disabled": "red",
    "account.locked_out": "red",
    "account.sessions_revoked": "yellow",
}

_SAID = {
    "account.invitation_renewed": "has a new link for the password",
    "account.joined": "chose a password by the link",
    "account.password_set": "chose another password",
    "account.totp_enabled": "has a second factor",
    "account.totp_disabled": "has no second factor any more",
    "account.recovery_codes_renewed": "has new recovery codes",
    "account.disabled": "is let in no more",
    "account.enabled": "is let in again",
    "account.sessions_revoked": "is signed out everywhere",
}
_SHOWN_WITH = {"totp": ", with the second factor", "recovery_code": ", with a recovery code"}


def account_details(event_type: str, body: Mapping[str, Any]) -> str:
    """What an event did, but for its reason; empty for an event of another kind."""
    match event_type:
        case "account.invited":
            return f"{body.get('login')} is invited as {body.get('role')}"
        case "account.role_changed":
            return f"was {body.get('was')}, is {body.get('role')}"
        case "account.recovery_code_used":
            return f"used a recovery code, {body.get('left')} left"
        case "account.signed_in":
            return f"signed in{_SHOWN_WITH.get(str(body.get('second_factor')), '')}"
        case "account.locked_out":
            return f"locked out after {body.get('failures')} attempts"
        case _:
            return _SAID.get(event_type, "")
