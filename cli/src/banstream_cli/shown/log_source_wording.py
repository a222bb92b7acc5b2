"""Events of the log feed in the words of an operator."""

from collections.abc import Mapping
from typing import Any

STYLES = {
    "log_source.added": "blue",
    "log_source.changed": "blue",
    "log_source.paused": "yellow",
    "log_source.resumed": "green",
    "log_source.removed": "blue",
}
_DESCRIBED = {"log_source.added", "log_source.changed"}


def log_source_details(event_type: str, body: Mapping[str, Any]) -> str:
    """What an event of a source did, but for its reason; empty for an event of another kind."""
    if not event_type.startswith("log_source."):
        return ""
    name = str(body.get("name"))
    if event_type in _DESCRIBED:
        return f"{name}: logs of server {body.get('server_id')}, every {body.get('poll_seconds')} s"
    return name
