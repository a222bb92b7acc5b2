"""Events of ftp-sync in the words of an operator."""

from collections.abc import Mapping
from typing import Any

STYLES = {
    "ban_file.created": "blue",
    "ban_file.changed": "blue",
    "ban_file.paused": "yellow",
    "ban_file.resumed": "green",
    "ban_file.removed": "blue",
    "ban_file.drifted": "yellow",
    "ban_file.protected_met": "yellow",
    "ban_file.refused": "bold red",
    "ban_file.failed": "bold red",
    "ban_file.recovered": "green",
}


def ban_file_details(event_type: str, body: Mapping[str, Any]) -> str:
    """What an event of a ban file did, but for its reason; empty for an event of another kind."""
    if not event_type.startswith("ban_file."):
        return ""
    name = str(body.get("name"))
    match event_type:
        case "ban_file.created":
            return f"{name}: {body.get('format')}"
        case "ban_file.drifted":
            done = "repaired" if body.get("repaired") else "left as it is"
            return f"{name}: {body.get('missing')} lines missing, {body.get('changed')} changed, {done}"
        case "ban_file.protected_met":
            return f"{name}: {len(body.get('infraction_ids') or ())} bans of protected players kept out"
        case "ban_file.host_key_accepted":
            return f"{name}: {body.get('host_key')}"
        case _:
            return name
