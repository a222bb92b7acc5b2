"""Appeals, as the terminal shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from banstream_cli.arguments.times import show_moment
from banstream_cli.shown.wording import actor, whom
from banstream_cli.terminal.output import Cell, print_facts, print_gap, print_table

COLUMNS = ("Appeal", "Player", "Opened", "Infraction", "Reason", "Status", "Messages", "Assignee")
_ANSWERS = ("At", "Who", "Text")
_COUNTS = ("appeals", "open", "upheld", "reduced", "overturned")
_GROUPS = (("by_category", "Category"), ("by_policy", "Policy"), ("by_moderator", "Moderator"))


def row(item: Mapping[str, Any]) -> list[Cell]:
    """A line of the list."""
    return [
        str(item.get("id", "-")),
        whom(item),
        show_moment(str(item.get("opened_at", "-"))),
        str(item.get("infraction_id", "-")),
        _words(item.get("reason")),
        str(item.get("status", "-")),
        str(item.get("answer_count", "-")),
        str(item.get("assignee") or "-"),
    ]


def show_appeal(item: Mapping[str, Any]) -> None:
    """Everything about one."""
    decided = item.get("decided_at")
    print_facts(
        (
            ("Appeal", str(item.get("id", "-"))),
            ("Player", whom(item)),
            ("Infraction", str(item.get("infraction_id", "-"))),
            ("Issued by", _person(item.get("issuer"))),
            ("Status", str(item.get("status", "-"))),
            ("Reason", _words(item.get("reason"))),
            ("Opened", show_moment(str(item.get("opened_at", "-")))),
            ("Server", item.get("server_id")),
            ("Assignee", item.get("assignee")),
            ("Decided", f"{show_moment(str(decided))} by {_person(item.get('decided_by'))}" if decided else None),
            ("Because", item.get("decided_text")),
        )
    )
    if answers := item.get("answers"):
        print_gap()
        print_table(_ANSWERS, (_answer(each) for each in answers), "")


def show_statistics(told: Mapping[str, Any]) -> None:
    """The counts of all, then by category, policy and moderator."""
    total = told.get("total") or {}
    print_facts((name.capitalize(), str(total.get(name, 0))) for name in _COUNTS)
    for group, heading in _GROUPS:
        print_gap()
        _show_group(heading, told.get(group) or ())


def _show_group(heading: str, tallies: Iterable[Mapping[str, Any]]) -> None:
    columns = (heading, *(name.capitalize() for name in _COUNTS))
    rows = ([str(each.get("name") or each.get("key") or "-"), *_counts(each)] for each in tallies)
    print_table(columns, rows, f"no appeals by {heading.lower()}")


def _counts(tally: Mapping[str, Any]) -> list[str]:
    return [str(tally.get(name, 0)) for name in _COUNTS]


def _answer(answer: Mapping[str, Any]) -> list[Cell]:
    who = "player" if answer.get("side") == "player" else _person(answer.get("by"))
    note = " (note)" if answer.get("internal") else ""
    return [show_moment(str(answer.get("at", "-"))), f"{who}{note}", str(answer.get("text") or "(erased)")]


def _words(code: object) -> str:
    return str(code or "-").replace("_", " ")


def _person(who: object) -> str:
    return actor(who) if isinstance(who, Mapping) else "-"
