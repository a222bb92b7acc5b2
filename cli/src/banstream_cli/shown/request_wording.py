"""Requests for review, as the terminal shows them."""

from collections.abc import Mapping
from typing import Any

from banstream_cli.arguments.times import show_moment
from banstream_cli.shown.abuse_wording import lasting
from banstream_cli.shown.wording import actor, whom
from banstream_cli.terminal.output import Cell, print_facts, print_gap, print_table

COLUMNS = ("Request", "Player", "Opened", "Wanted", "Reason", "Status", "Assignee")
_COMMENTS = ("At", "By", "Note")


def row(item: Mapping[str, Any]) -> list[Cell]:
    """A line of the list."""
    return [
        str(item.get("id", "-")),
        whom(item),
        show_moment(str(item.get("opened_at", "-"))),
        _wanted(item),
        str(item.get("reason", "")),
        str(item.get("status", "-")),
        str(item.get("assignee") or "-"),
    ]


def show_request(item: Mapping[str, Any]) -> None:
    """Everything about one."""
    decided = item.get("decided_at")
    print_facts(
        (
            ("Request", str(item.get("id", "-"))),
            ("Player", whom(item)),
            ("Status", str(item.get("status", "-"))),
            ("Wanted", _wanted(item)),
            ("Reason", str(item.get("reason", ""))),
            ("Opened", f"{show_moment(str(item.get('opened_at', '-')))} by {_person(item.get('opened_by'))}"),
            ("Server", item.get("server_id")),
            ("Incident", item.get("incident_id")),
            ("Assignee", item.get("assignee")),
            ("Decided", f"{show_moment(str(decided))} by {_person(item.get('decided_by'))}" if decided else None),
            ("Because", item.get("decided_reason")),
            ("Infractions", " ".join(map(str, item.get("infraction_ids") or ())) or None),
        )
    )
    if comments := item.get("comments"):
        print_gap()
        print_table(_COMMENTS, (_comment(each) for each in comments), "")


def _comment(comment: Mapping[str, Any]) -> list[Cell]:
    return [show_moment(str(comment.get("at", "-"))), _person(comment.get("by")), str(comment.get("note", ""))]


def _person(who: object) -> str:
    return actor(who) if isinstance(who, Mapping) else "-"


def _wanted(item: Mapping[str, Any]) -> str:
    suggested = item.get("suggested")
    if isinstance(suggested, Mapping):
        return f"ban {lasting(suggested.get('duration_seconds'))}"
    return "lift bans" if item.get("wanted") == "lift" else "-"
