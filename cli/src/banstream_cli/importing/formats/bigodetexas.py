"""BigodeTexas, automatic bans of DayZ on consoles: the table `infractions` of its SQLite file, or its CSV.

Source: seed 3 (the table, the CSV), facts dayz-bans-discord 5 (which columns are ever filled). Times name no zone:
those that SQLite sets itself are in UTC. The XUID bans; the address beside it is nobody's ban.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import (
    Cells,
    Shape,
    is_sqlite,
    quoted,
    sqlite_entries,
    table_entries,
    tables_of,
)
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Row, Source, Unreadable
from banstream_cli.importing.values import of_text, player
from banstream_contracts.infractions import Punishment, Severity
from banstream_contracts.players import Player

_HOW = "Name the SQLite file, or a CSV of its table: SELECT * FROM infractions"
_SHAPE = Shape(("gamertag", "xuid", "infraction_type", "severity", "description", "detected_at"), _HOW)
_LOG_ID = re.compile(r"[0-9a-fA-F]{40}|[A-Za-z0-9_=-]{44}")
_XUID = re.compile(r"[1-9][0-9]{12,19}")
_SEVERITIES = {"CRÍTICA": Severity.CRITICAL, "CRITICA": Severity.CRITICAL, "GRAVE": Severity.HIGH}


def read(source: Source, options: Options) -> Found:
    """Infractions; one that did not ban is a warning."""
    if is_sqlite(source) and isinstance(source, Path):
        entries = sqlite_entries(source, _chosen)
    else:
        entries = table_entries(source, _SHAPE)
    yield from converted(entries, partial(_rows, options), _key)


def _chosen(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for name, columns in tables_of(connection).items():
        if columns.issuperset(_SHAPE.needed):
            yield name, f"select * from {quoted(name)}"
            return
    raise Unreadable("this database has no table of infractions with gamertag and xuid: it is not BigodeTexas'")


def _key(entry: Entry) -> str | None:
    number = entry.value["id"]
    return f"infraction:{number}" if number else None


def _rows(options: Options, entry: Entry) -> Iterable[Row]:
    cells: Cells = entry.value
    kind, detected = cells["infraction_type"], cells["detected_at"]
    whom = _player(cells, options)
    is_ban = "auto_banned" not in cells or cells.is_set("auto_banned")
    notes = [cells["admin_notes"], f"Discord: {cells['discord_id']}" if cells["discord_id"] else ""]
    yield Row(
        key=_key(entry) or f"{whom.id}:{kind}:{detected}",
        player=whom,
        name=cells["gamertag"] or None,
        punishments=(Punishment.BAN,) if is_ban else (),
        reason=cells["description"] or kind or None,
        note="\n".join(filter(None, notes)) or None,
        evidence=cells["evidence"] or None,
        category=kind or None,
        severity=_SEVERITIES.get(cells["severity"].upper()),
        issued_at=of_text(detected, options.zone, "detected_at") if detected else None,
        lifted=Lifted() if cells.is_set("ban_lifted") else None,
    )


def _player(cells: Cells, options: Options) -> Player:
    """An XUID is of Xbox, an id of the server's log of DayZ; a gamertag alone may belong to somebody else tomorrow."""
    xuid = cells["xuid"]
    if options.service is not None and xuid:
        return player(options.service, xuid)
    if _XUID.fullmatch(xuid):
        return player("xbox", xuid)
    if _LOG_ID.fullmatch(xuid):
        return player("dayz", xuid)
    if not xuid:
        raise ValueError("it has no XUID, only a gamertag: look the XUID up and put it into the column xuid")
    raise ValueError(f"{xuid[:60]!r} is neither an XUID (13 to 20 digits) nor an id of DayZ's log")


FORMAT = Format("bigodetexas", "BigodeTexas (DayZ): its SQLite file, or a CSV of its infractions", read)
