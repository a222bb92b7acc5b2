"""The event log as a file: the bans in lines, every event in JSON, a table for spreadsheets, or the chain of hashes.

Nothing that a name, reason or id holds can forge a line or a column: control characters are escaped,
so a line end or a tab is always one of ours.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from io import StringIO
from typing import Any

from banstream_cli.arguments.times import show_moment
from banstream_cli.shown.event_lines import cloud_event_from_log
from banstream_cli.shown.wording import event_details, punishments, whom
from banstream_cli.terminal.printable import visible
from banstream_contracts import headers, streams
from banstream_contracts.infractions import Punishment
from banstream_event_log.chain import canonical
from banstream_event_log.events import LoggedEvent

BEGINNINGS = ("infraction.issued", "infraction.imported")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_OF_INFRACTIONS = (
    "position",
    "occurred_at",
    "type",
    "player",
    "infraction_id",
    "punishments",
    "lifetime",
    "expires_at",
    "reason",
    "scope",
    "server_id",
    "category",
    "severity",
    "evidence",
    "actor_kind",
    "actor_id",
    "actor_name",
    "issued_at",
    "issued_by",
    "source",
    "import_id",
)
_OF_ABUSE = (
    "position",
    "occurred_at",
    "type",
    "player",
    "incident_id",
    "reason",
    "server_id",
    "policy_id",
    "policy_version",
    "status",
    "counted",
    "count",
    "threshold",
    "action",
    "withheld",
    "actor_kind",
    "actor_id",
    "actor_name",
)
_OF_THINGS = (
    "position",
    "occurred_at",
    "type",
    "about",
    "name",
    "server_id",
    "details",
    "reason",
    "actor_kind",
    "actor_id",
    "actor_name",
)
"""Logs of targets, ban files and log sources are about no player."""

_COLUMNS = {
    headers.SOURCE_INFRACTIONS: _OF_INFRACTIONS,
    headers.source(streams.ABUSE_TRACKER): _OF_ABUSE,
    headers.source(streams.NOTIFIER): _OF_THINGS,
    headers.source(streams.FTP_SYNC): _OF_THINGS,
    headers.source(streams.DAYZ_FEED): _OF_THINGS,
}


class Format(StrEnum):
    """What an export is for: people, programs, spreadsheets, or who verifies the log with means of their own."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    CHAIN = "chain"


Writer = Callable[[LoggedEvent], str]


def header(form: Format, source: str) -> str:
    """What comes before the first event of a log."""
    return csv_row(_COLUMNS[source]) if form is Format.CSV else ""


def writer(form: Format, source: str) -> Writer:
    """An event of a log as text with its line end; empty where the format leaves it out."""
    match form:
        case Format.TEXT:
            return ban_line
        case Format.JSON:
            return partial(json_line, source=source)
        case Format.CSV:
            return partial(csv_line, source=source)
        case Format.CHAIN:
            return chain_line


def ban_line(event: LoggedEvent) -> str:
    """The line of a ban: player, time (UTC) and reason, with tabs between them; the reason is last.

    The time is when it was issued, also of one that was imported.
    """
    named = event.data.get("punishments") or ()
    if event.type not in BEGINNINGS or Punishment.BAN not in named:
        return ""
    issued_at = event.data.get("issued_at")
    time = show_moment(str(issued_at), utc=True) if issued_at else _time(event.occurred_at)
    cells = (whom(event.data), time, str(event.data.get("reason", "")))
    return "\t".join(visible(cell) for cell in cells) + "\n"


def json_line(event: LoggedEvent, source: str) -> str:
    """The event as it was published, as a CloudEvent."""
    return json.dumps(cloud_event_from_log(event, source), ensure_ascii=True, separators=(",", ":")) + "\n"


def chain_line(event: LoggedEvent) -> str:
    """The hash of the row (hex), a blank, and the row as it is hashed behind the hash of the one before it.

    What is private is there too, as the log keeps it.
    """
    return f"{event.hash.hex()} {canonical(event, event.position, event.recorded_at).decode()}\n"


def csv_line(event: LoggedEvent, source: str) -> str:
    """The event as a row; no cell is a formula."""
    body: Mapping[str, Any] = cloud_event_from_log(event, source)["data"]
    actor = body.get("actor") or {}
    cells = {
        **body,
        "position": event.position,
        "occurred_at": _time(event.occurred_at),
        "type": event.type,
        "player": whom(body),
        "about": whom(body),
        "details": event_details(event.type, body, utc=True),
        "punishments": punishments(body),
        **{f"actor_{name}": actor.get(name) for name in ("kind", "id", "name")},
    }
    return csv_row([harmless(cells.get(column)) for column in _COLUMNS[source]])


def harmless(value: object) -> str:
    """A spreadsheet carries out what begins with these signs; an apostrophe makes it text."""
    text = "" if value is None else visible(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith("\\t") else text


def csv_row(cells: Sequence[str]) -> str:
    """A line of a table for spreadsheets, whose cells were made harmless."""
    row = StringIO()
    csv.writer(row, lineterminator="\n").writerow(cells)
    return row.getvalue()


def _time(moment: datetime) -> str:
    return show_moment(moment, utc=True)
