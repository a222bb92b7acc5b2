"""Sources of DayZ logs and what was found in them, as the terminal shows them."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from banstream_cli.arguments.times import show_duration, show_moment
from banstream_cli.terminal.output import Cell, styled

SOURCES = ("Id", "Name", "Server", "Where", "Status", "Log", "Read", "Findings", "Trouble")
FINDINGS = ("At", "Infraction", "Player", "What", "Mode", "Status", "Message")
_STYLES = {"active": "green", "paused": "yellow", "recorded": "green", "refused": "red", "nobody": "dim"}


def where(item: Mapping[str, Any]) -> str:
    """Kind, host and folder in one word."""
    login = item.get("login") or {}
    host = f"//{login['host']}" if login.get("host") else ""
    port = f":{login['port']}" if login.get("port") else ""
    folder = str(login.get("folder", ""))
    return f"{login.get('kind', '-')}:{host}{port}{folder if folder.startswith('/') or not host else f'/{folder}'}"


def source_row(item: Mapping[str, Any]) -> list[Cell]:
    """A source in a table."""
    progress = item.get("progress") or {}
    return [
        *(str(item.get(field, "-")) for field in ("id", "name", "server_id")),
        where(item),
        _styled(str(item.get("status", "-"))),
        str(progress.get("file") or "-"),
        f"{progress.get('offset', 0)} of {progress.get('size', 0)}",
        str(progress.get("findings", 0)),
        str(progress.get("last_error") or progress.get("note") or ""),
    ]


def facts(item: Mapping[str, Any]) -> tuple[tuple[str, Cell | None], ...]:
    """A source, fact by fact."""
    progress = item.get("progress") or {}
    login = item.get("login") or {}
    lines = f"{progress.get('lines', 0)}, {progress.get('unknown_lines', 0)} of them unknown"
    return (
        ("Id", str(item.get("id", "-"))),
        ("Name", str(item.get("name", "-"))),
        ("Status", _styled(str(item.get("status", "-")))),
        ("Server", str(item.get("server_id", "-"))),
        ("Where", where(item)),
        ("User", login.get("user")),
        ("Time zone", str(item.get("time_zone", "-"))),
        ("Every", _duration(item.get("poll_seconds"))),
        ("Look back", _duration(item.get("look_back_seconds"))),
        *_rules(item.get("rules") or {}),
        ("Log", str(progress.get("file") or "none yet")),
        ("Read", f"{progress.get('offset', 0)} of {progress.get('size', 0)} bytes"),
        ("Last line", _moment(progress.get("last_line_at"))),
        ("Lines", lines),
        ("Findings", str(progress.get("findings", 0))),
        ("Last poll", _moment(progress.get("polled_at"))),
        ("Failing since", _moment(progress.get("failing_since"))),
        ("Error", progress.get("last_error")),
        ("Note", progress.get("note")),
    )


def finding_row(item: Mapping[str, Any]) -> list[Cell]:
    """A finding in a table."""
    late = " (late)" if item.get("is_late") else ""
    return [
        show_moment(str(item.get("at", "-"))),
        str(item.get("category", "-")),
        str(item.get("player_name") or item.get("player_id") or "-"),
        str(item.get("summary", "-")),
        f"{item.get('mode', '-')}{late}",
        _styled(str(item.get("status", "-"))),
        str(item.get("message") or ""),
    ]


def _rules(document: Mapping[str, Any]) -> Iterator[tuple[str, Cell | None]]:
    """Those in force, whether the source names them or not."""
    from banstream_cli.arguments.rules_files import in_force  # noqa: PLC0415 - the other commands need no rules

    found = in_force(document)
    if found is None:
        yield "Rules", f"not known to this release: {', '.join(map(str, document))}"
        return
    yield "Rules", ", ".join(f"{name} ({mode})" for name, mode in found.modes.items()) or "none"
    yield "Rules off", ", ".join(found.off) or None
    yield "Zones", ", ".join(found.zones) or None


def _duration(seconds: object) -> str:
    return show_duration(seconds) if isinstance(seconds, int) else "-"


def _moment(moment: object) -> str | None:
    return show_moment(str(moment)) if moment else None


def _styled(status: str) -> Text:
    return styled(status, _STYLES.get(status, ""))
