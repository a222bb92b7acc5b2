"""Ban files and their receipts as rows and facts of the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from banstream_cli.arguments.times import show_moment
from banstream_cli.terminal.output import Cell, styled

COLUMNS = ("Id", "Name", "Format", "Place", "Status", "File", "Lines", "Waiting since", "Trouble")
RECEIPTS = ("Infraction", "Wanted", "Status", "At", "Error")
_STYLES = {
    "active": "green",
    "paused": "yellow",
    "applied": "green",
    "unchanged": "green",
    "pending": "yellow",
    "drifted": "yellow",
    "failed": "red",
    "refused": "red",
}
_FINE = {"applied", "unchanged"}


def row(item: Mapping[str, Any]) -> list[Cell]:
    """A line of the list."""
    progress = item.get("progress") or {}
    outcome = str(progress.get("outcome") or "-")
    since = progress.get("pending_since")
    return [
        *(str(item.get(field, "-")) for field in ("id", "name", "format")),
        place_text(item.get("place") or {}),
        _styled(str(item.get("status", "-"))),
        _styled(outcome),
        str(progress.get("lines", 0)),
        show_moment(str(since)) if since else "",
        "" if outcome in _FINE else str(progress.get("reason") or ""),
    ]


def facts(item: Mapping[str, Any]) -> Iterator[tuple[str, Cell | None]]:
    """One ban file."""
    progress, filters, policy = (item.get(name) or {} for name in ("progress", "filters", "policy"))
    yield "Id", str(item.get("id"))
    yield "Name", str(item.get("name"))
    yield "Format", str(item.get("format"))
    yield "Place", place_text(item.get("place") or {})
    yield "Host key", (item.get("place") or {}).get("fingerprint")
    yield "Status", _styled(str(item.get("status")))
    yield "Servers", ", ".join(filters.get("servers") or ()) or None
    yield "Scopes", ", ".join(filters.get("scopes") or ()) or None
    yield "Missing file", "made" if policy.get("may_create") else "reported"
    yield "Drift", "repaired" if policy.get("repairs_drift") else "reported"
    yield "File", _styled(str(progress.get("outcome") or "not looked at yet"))
    yield "Because", progress.get("reason")
    yield "Lines", f"{progress.get('lines', 0)} of ours, {progress.get('others', 0)} of others"
    for name, field in (("Looked at", "tried_at"), ("Right at", "good_at"), ("Written", "written_at")):
        yield name, _moment(progress.get(field))
    yield "Failing since", _moment(progress.get("failing_since"))
    yield "Waiting since", _moment(progress.get("pending_since"))


def tested_facts(told: Mapping[str, Any]) -> Iterator[tuple[str, Cell | None]]:
    """What an attempt would do."""
    problem = told.get("problem")
    yield "Problem", styled(str(problem), "red") if problem else None
    yield "Host key", told.get("fingerprint")
    if problem:
        return
    yield "Would write", "yes" if told.get("would_write") else "no, the file says what it should"
    yield "Added", ", ".join(told.get("added") or ()) or None
    for name in ("removed", "changed", "drifted", "unheld"):
        yield name.capitalize(), str(told[name]) if told.get(name) else None
    yield "Protected", ", ".join(told.get("protected") or ()) or None
    yield "Lines", f"{told.get('lines', 0)} of ours, {told.get('others', 0)} of others"


def receipt_row(item: Mapping[str, Any]) -> list[Cell]:
    """A line of receipts."""
    return [
        str(item.get("infraction_id", "-")),
        "in" if item.get("is_banned") else "out",
        _styled(str(item.get("status", "-"))),
        show_moment(str(item.get("at", "-"))),
        str(item.get("error") or ""),
    ]


def place_text(place: Mapping[str, Any]) -> str:
    """A place as it was named."""
    kind = str(place.get("kind", "-"))
    if kind == "local":
        return str(place.get("path"))
    if kind == "nitrado":
        return f"nitrado:{place.get('service_id')}"
    port = f":{place['port']}" if place.get("port") else ""
    return f"{kind.replace('_', '-')}://{place.get('user')}@{place.get('host')}{port}/{place.get('path')}"


def _moment(value: object) -> str | None:
    return show_moment(str(value)) if value else None


def _styled(status: str) -> Text:
    return styled(status, _STYLES.get(status, ""))
