"""The event log as a file: the bans in lines, every event in JSON, or a table for spreadsheets.

Nothing that a name, reason or id holds can forge a line or a column: control characters are escaped,
so a line end or a tab is always one of ours.
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from io import StringIO
from typing import Any

from banstream_cli.event_lines import cloud_event_from_log
from banstream_cli.printable import visible
from banstream_cli.times import show_moment
from banstream_cli.wording import punishments, whom
from banstream_contracts.infractions import Punishment
from banstream_event_log.events import LoggedEvent

ISSUED = "infraction.issued"
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS = (
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
)


class Format(StrEnum):
    """What an export is for: people, programs or spreadsheets."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


Writer = Callable[[LoggedEvent], str]


def header(form: Format) -> str:
    """What comes before the first event."""
    return _csv_line(_COLUMNS) if form is Format.CSV else ""


def writer(form: Format) -> Writer:
    """An event as text with its line end; empty where the format leaves it out."""
    return {Format.TEXT: ban_line, Format.JSON: json_line, Format.CSV: csv_line}[form]


def ban_line(event: LoggedEvent) -> str:
    """The line of a ban: player, time (UTC) and reason, with tabs between them; the reason is last."""
    named = event.data.get("punishments") or ()
    if event.type != ISSUED or Punishment.BAN not in named:
        return ""
    cells = (whom(event.data), _time(event.occurred_at), str(event.data.get("reason", "")))
    return "\t".join(visible(cell) for cell in cells) + "\n"


def json_line(event: LoggedEvent) -> str:
    """The event as it was published, as a CloudEvent."""
    return json.dumps(cloud_event_from_log(event), ensure_ascii=True, separators=(",", ":")) + "\n"


def csv_line(event: LoggedEvent) -> str:
    """The event as a row; no cell is a formula."""
    body: Mapping[str, Any] = cloud_event_from_log(event)["data"]
    actor = body.get("actor") or {}
    cells = {
        **body,
        "position": event.position,
        "occurred_at": _time(event.occurred_at),
        "type": event.type,
        "player": whom(body),
        "punishments": punishments(body),
        **{f"actor_{name}": actor.get(name) for name in ("kind", "id", "name")},
    }
    return _csv_line([_harmless(cells.get(column)) for column in _COLUMNS])


def _harmless(value: object) -> str:
    """A spreadsheet carries out what begins with these signs; an apostrophe makes it text."""
    text = "" if value is None else visible(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith("\\t") else text


def _csv_line(cells: "list[str] | tuple[str, ...]") -> str:
    row = StringIO()
    csv.writer(row, lineterminator="\n").writerow(cells)
    return row.getvalue()


def _time(moment: datetime) -> str:
    return show_moment(moment, utc=True)
