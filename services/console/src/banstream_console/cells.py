"""Rows of a table for spreadsheets, of which none is carried out. Pure.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end for a formula (OWASP, CSV
injection): an apostrophe makes it text. Every cell is quoted, so that nothing in it begins another one.
"""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from banstream_console.showing import ShownBan

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that it is UTF-8."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS = ("name", "category", "severity", "reason", "issued_at", "expires_at", "permanent")
_IDS = ("player", "infraction_id")


def header(*, ids: bool) -> str:
    """The first line; the same for whatever follows it."""
    return _line((*_COLUMNS, *_IDS) if ids else _COLUMNS)


def row(ban: ShownBan, *, ids: bool) -> str:
    """The line of a ban. Times are of UTC."""
    told = ban.document()
    return _line(harmless(told.get(column)) for column in ((*_COLUMNS, *_IDS) if ids else _COLUMNS))


def harmless(value: object) -> str:
    """A cell's text that no spreadsheet carries out."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            text = str(value)
            return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _line(cells: Iterable[str]) -> str:
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
