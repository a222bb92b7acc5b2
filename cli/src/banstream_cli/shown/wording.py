"""Events and infractions in the words of an operator."""

from collections.abc import Mapping
from typing import Any

from banstream_cli.arguments.times import show_duration, show_moment
from banstream_cli.shown.abuse_wording import STYLES as ABUSE_STYLES
from banstream_cli.shown.abuse_wording import abuse_details
from banstream_cli.shown.account_wording import STYLES as ACCOUNT_STYLES
from banstream_cli.shown.account_wording import account_details
from banstream_cli.shown.admin_wording import STYLES as ADMIN_STYLES
from banstream_cli.shown.admin_wording import admin_details
from banstream_cli.shown.ban_file_wording import STYLES as BAN_FILE_STYLES
from banstream_cli.shown.ban_file_wording import ban_file_details
from banstream_cli.shown.log_source_wording import STYLES as LOG_SOURCE_STYLES
from banstream_cli.shown.log_source_wording import log_source_details
from banstream_cli.shown.target_wording import STYLES as TARGET_STYLES
from banstream_cli.shown.target_wording import target_details

WARNING = "warning"
STYLES = {
    "infraction.issued": "red",
    "infraction.imported": "red",
    "infraction.amended": "yellow",
    "infraction.lifted": "green",
    "infraction.reinstated": "red",
    "infraction.expired": "cyan",
    "active": "red",
    "lifted": "green",
    "expired": "cyan",
    **ABUSE_STYLES,
    **ADMIN_STYLES,
    **ACCOUNT_STYLES,
    **TARGET_STYLES,
    **BAN_FILE_STYLES,
    **LOG_SOURCE_STYLES,
}


_THINGS = {
    "policy_id": "policy",
    "target_id": "target",
    "source_id": "log_source",
    "ban_file_id": "ban_file",
    "tiering_policy_id": "tiering",
    "request_id": "request",
    "account_id": "account",
}
"""What an event is about that is about nobody, by the field that names it."""


def whom(body: Mapping[str, Any]) -> str:
    """The player, the address by its hash, or the thing that it is about."""
    match body:
        case {"player": {"service": str(service), "id": str(player_id)}}:
            return f"{service}:{player_id}"
        case {"address_hash": str(address_hash)}:
            return f"address:{address_hash[:12]}"
        case {"credential_id": str(credential_id)}:
            return f"{body.get('kind', 'credential')}:{credential_id}"
        case {"network": str(network)}:
            return network
        case {"call_id": str(), "server_id": str(server_id)}:
            return f"server:{server_id}"
        case _:
            return _thing(body)


def _thing(body: Mapping[str, Any]) -> str:
    return next((f"{thing}:{body[field]}" for field, thing in _THINGS.items() if isinstance(body.get(field), str)), "-")


def punishments(body: Mapping[str, Any]) -> str:
    """`ban, voice_block`; the empty set is a warning."""
    named = body.get("punishments")
    return (", ".join(map(str, named)) or WARNING) if isinstance(named, (list, tuple)) else ""


def actor(body: Mapping[str, Any]) -> str:
    """A name and what kind of actor bears it."""
    match body:
        case {"name": str(name), "kind": str(kind)}:
            return f"{name} ({kind})"
        case {"kind": str(kind), "id": str(actor_id)}:
            return f"{kind} {actor_id}"
        case _:
            return "-"


def end(body: Mapping[str, Any], *, utc: bool = False) -> str:
    """Until when."""
    match body:
        case {"lifetime": "permanent"}:
            return "permanent"
        case {"lifetime": "timed", "expires_at": str(moment)}:
            return f"until {show_moment(moment, utc=utc)}"
        case {"lifetime": "online", "time_left_seconds": int(seconds)} | {
            "lifetime": "online",
            "duration_seconds": int(seconds),
        }:
            return f"{show_duration(seconds)} online"
        case {"lifetime": str(lifetime)}:
            return lifetime
        case _:
            return ""


def event_details(event_type: str, body: Mapping[str, Any], *, utc: bool = False) -> str:
    """What an event did, but for its reason."""
    match event_type:
        case "infraction.issued":
            return f"{punishments(body)} {end(body, utc=utc)}"
        case "infraction.imported":
            over = ", lifted there" if body.get("lifted") is not None else ""
            row = f" ({body['row']})" if "row" in body else ""
            return f"{punishments(body)} {end(body, utc=utc)} from {body.get('source')}{row}{over}"
        case "infraction.lifted" if body.get("import_id"):
            return f"{punishments(body)} of an import"
        case "infraction.amended":
            return _changes(body, utc=utc)
        case "infraction.lifted" if not body.get("ended", True):
            return f"{punishments(body)} (left: {', '.join(body.get('remaining') or ())})"
        case "credential.created":
            return f"{body.get('name')} [{', '.join(body.get('scopes') or ())}]"
        case _:
            about = (
                abuse_details,
                admin_details,
                account_details,
                target_details,
                ban_file_details,
                log_source_details,
            )
            return (
                punishments(body)
                or next((told for each in about if (told := each(event_type, body))), "")
                or log_source_details(event_type, body)
            )


def _changes(body: Mapping[str, Any], *, utc: bool) -> str:
    changes = body.get("changes")
    if not isinstance(changes, Mapping):
        return ""
    parts = [_change(name, value, body, utc=utc) for name, value in changes.items() if name != "reason"]
    return "; ".join(parts) or "reason"


def _change(name: str, value: object, body: Mapping[str, Any], *, utc: bool) -> str:
    match name:
        case "duration_seconds":
            return end(body, utc=utc)
        case "punishments":
            return punishments({"punishments": value})
        case "address_expires_at":
            return f"address until {show_moment(str(value), utc=utc)}" if value else "address as long as the player"
        case "exempt" if isinstance(value, (list, tuple)) or value is None:
            return f"exempt: {', '.join(whom({'player': each}) for each in value)}" if value else "nobody exempt"
        case _:
            return f"{name} {value}"


def reason(body: Mapping[str, Any]) -> str:
    """Why; of an amendment, what the reason is now."""
    changes = body.get("changes")
    found = body.get("reason") or (changes.get("reason") if isinstance(changes, Mapping) else None)
    return str(found) if found else ""
