"""Events of the notifier in the words of an operator."""

from collections.abc import Mapping
from typing import Any

STYLES = {
    "target.created": "blue",
    "target.changed": "blue",
    "target.paused": "yellow",
    "target.resumed": "green",
    "target.broken": "bold red",
    "target.removed": "blue",
}
_TOLD = {"target.created", "target.changed"}


def target_details(event_type: str, body: Mapping[str, Any]) -> str:
    """What an event of a target did, but for its reason; empty for an event of another kind."""
    if not event_type.startswith("target."):
        return ""
    name = str(body.get("name"))
    if event_type in _TOLD:
        return f"{name}: {_events(body.get('filters'))} to {body.get('address')}"
    if event_type == "target.redelivery_requested":
        return f"{name}: event {body.get('event_id')}"
    return name


def _events(filters: object) -> str:
    patterns = filters.get("events") if isinstance(filters, Mapping) else None
    return ", ".join(map(str, patterns)) if isinstance(patterns, list | tuple) else "-"
