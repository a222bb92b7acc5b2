"""Entries of a file made into rows: one that is broken is rejected with its place, a second one of a key too. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from banstream_cli.arguments.validation import first_message
from banstream_cli.importing.reading import Line
from banstream_cli.importing.rows import REPLACED, Found, Rejected, Row, rejected

DAMAGED = "Some characters could not be read and are replaced: the file is not UTF-8 there."


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at one place: a line, an element of a list, a row of a table; `raw` is all of it as text."""

    place: str
    value: Any
    raw: str


Convert = Callable[[Entry], Iterable[Row | Rejected]]
"""No row for what is no punishment. Raises ValueError, whose message says what is wrong and what to do."""

KeyOf = Callable[[Entry], str | None]
"""The key of an entry's row, however wrong the rest is; None or ValueError where it cannot be told."""


def of_line(line: Line) -> Entry:
    """A line, whose value is its text without blanks around it."""
    return Entry(line.place, line.text.strip(), line.text)


def converted(entries: Iterable[Entry | Rejected], convert: Convert, key_of: KeyOf | None = None) -> Found:
    """Every entry as its rows, in their order; what is wrong with one never ends it, and is told with `key_of` it."""
    seen: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Rejected):
            yield entry
            continue
        try:
            found = list(convert(entry))
        except (ValueError, OverflowError, RecursionError) as error:
            why = first_message(error) if isinstance(error, ValueError) else str(error)
            yield rejected(entry.place, why, entry.raw, _key(entry, key_of))
            continue
        for each in found:
            yield _once(each, entry, seen) if isinstance(each, Row) else each


def _key(entry: Entry, key_of: KeyOf | None) -> str | None:
    try:
        return key_of(entry) if key_of else None
    except (ValueError, OverflowError, RecursionError):
        return None


def _once(row: Row, entry: Entry, seen: dict[str, str]) -> Row | Rejected:
    if row.key in seen:
        why = f"{row.key} stands in {seen[row.key]} already: take one of them out"
        return rejected(entry.place, why, entry.raw, row.key)
    seen[row.key] = entry.place
    return _with_damage_told(row) if REPLACED in entry.raw else row


def _with_damage_told(row: Row) -> Row:
    return replace(row, note=f"{row.note}\n{DAMAGED}" if row.note else DAMAGED)
