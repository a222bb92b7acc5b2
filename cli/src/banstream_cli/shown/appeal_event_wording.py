"""Events of appeals in the words of a moderator."""

from collections.abc import Callable, Mapping
from typing import Any

STYLES = {
    "appeal.opened": "bold yellow",
    "appeal.answered": "cyan",
    "appeal.assigned": "cyan",
    "appeal.decided": "green",
    "appeal.code_renewed": "cyan",
}
DETAILS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "appeal.opened": lambda body: f"{_about(body)}: {str(body.get('reason', '-')).replace('_', ' ')}",
    "appeal.answered": lambda body: f"{_about(body)} by {'a note' if body.get('internal') else body.get('side')}",
    "appeal.assigned": lambda body: f"{_about(body)} to {body.get('assignee') or 'nobody'}",
    "appeal.decided": lambda body: f"{_about(body)}: {body.get('verdict')}, {body.get('text')}",
    "appeal.code_renewed": lambda body: f"of infraction {body.get('infraction_id')}",
}


def _about(body: Mapping[str, Any]) -> str:
    return f"appeal {body.get('appeal_id')}"
