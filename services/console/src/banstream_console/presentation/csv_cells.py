"""Lines of a table for spreadsheets, of which no cell is carried out. Pure.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end for a formula (OWASP, CSV
injection): an apostrophe makes it text. Every cell is quoted, so that nothing in it begins another one.
"""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that it is UTF-8."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_line(values: Iterable[object]) -> str:
    """A line of the table; times are of UTC."""
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([harmless(value) for value in values])
    return line.getvalue()


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
