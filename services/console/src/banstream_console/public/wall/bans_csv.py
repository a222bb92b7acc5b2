"""Bans as lines of a table for spreadsheets. Pure."""

from banstream_console.presentation.csv_cells import csv_line
from banstream_console.public.wall.shown_bans import ShownBan

_COLUMNS = ("name", "category", "severity", "reason", "issued_at", "expires_at", "permanent")
_IDS = ("player", "infraction_id")


def header(*, ids: bool) -> str:
    """The first line; the same for whatever follows it."""
    return csv_line(_columns(ids=ids))


def row(ban: ShownBan, *, ids: bool) -> str:
    """The line of a ban. Times are of UTC."""
    told = ban.document()
    return csv_line(told.get(column) for column in _columns(ids=ids))


def _columns(*, ids: bool) -> tuple[str, ...]:
    return (*_COLUMNS, *_IDS) if ids else _COLUMNS
