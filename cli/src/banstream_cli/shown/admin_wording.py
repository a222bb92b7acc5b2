"""Events of admins, calls for one, tiering policies and time served in the words of an operator."""

from collections.abc import Mapping
from typing import Any

from banstream_cli.arguments.times import show_duration

STYLES = {
    "infraction.served": "cyan",
    "admin.set": "blue",
    "admin.removed": "yellow",
    "tiering.registered": "blue",
    "tiering.unlinked": "blue",
    "call.opened": "yellow",
    "call.claimed": "green",
}


def admin_details(event_type: str, body: Mapping[str, Any]) -> str:
    """What an event did, but for its reason; empty for an event of another kind."""
    match event_type:
        case "infraction.served":
            return f"served {_seconds(body.get('seconds'))}, {_seconds(body.get('time_left_seconds'))} left"
        case "admin.set":
            rights = body.get("rights")
            named = ", ".join(map(str, rights)) if isinstance(rights, (list, tuple)) else ""
            return f"{body.get('name')} may {named or 'do nothing'}"
        case "admin.removed":
            return "is an admin no more"
        case "tiering.registered":
            terms = body.get("terms")
            return f"{_in(terms, 'name')} of server {body.get('server_id')}"
        case "tiering.unlinked":
            return f"no more used by server {body.get('server_id')}"
        case "call.opened":
            return _call(body.get("content"))
        case "call.claimed":
            return f"taken by {body.get('admin_name')}"
        case _:
            return ""


def _call(content: object) -> str:
    reported = _in(content, "reported_name") or _in(content, "reported")
    about = f" reports {reported}" if reported else " calls an admin"
    return f"{_in(content, 'caller_name')}{about}: {_in(content, 'message')}"


def _in(value: object, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    return str(found) if found else ""


def _seconds(value: object) -> str:
    return show_duration(value) if isinstance(value, int) else "?"
