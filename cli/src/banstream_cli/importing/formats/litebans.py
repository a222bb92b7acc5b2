"""LiteBans: its bans, mutes and warnings, of MySQL, MariaDB or PostgreSQL by a SELECT, or of an SQLite file.

Source: facts peers 5.4 (the tables, and the traps in them). Minecraft's players are known by name here and by UUID
there: the name comes from the history of joins.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import (
    WRITTEN_BY_MYSQL,
    Cells,
    Shape,
    is_sqlite,
    quoted,
    sqlite_entries,
    table_entries,
    tables_of,
)
from banstream_cli.importing.formats.database_values import is_uuid, lifted_unless_over
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Row, Source, Unreadable
from banstream_cli.importing.values import address, end_of_milliseconds, of_milliseconds, of_text, player
from banstream_contracts.infractions import Punishment, Scope

_NAME = "(select h.name from litebans_history h where h.uuid = b.uuid order by h.date desc limit 1)"
SELECT = f"""\
select 'ban' as kind, b.*, {_NAME} as name from litebans_bans b;
select 'mute' as kind, b.*, {_NAME} as name from litebans_mutes b;
select 'warning' as kind, b.*, {_NAME} as name from litebans_warnings b"""
_HOW = f"{WRITTEN_BY_MYSQL}\n{SELECT}"
_COLUMNS = ("id", "uuid", "ip", "reason", "banned_by_name", "time", "until", "active")
_SHAPE = Shape(("kind", "name", *_COLUMNS), _HOW)
_KINDS = {"ban": (Punishment.BAN,), "mute": (Punishment.CHAT_BLOCK,), "warning": (), "warn": ()}
_LEFT_OUT = frozenset({"kick"})
_OFFLINE = "#offline#"
_NO_ADDRESS = frozenset({"", "#", _OFFLINE, "#undefined#"})
_EXPIRED = "#expired"
_EVERYWHERE = frozenset({"", "*"})


def read(source: Source, options: Options) -> Found:
    """Bans, mutes (of chat) and warnings; kicks are left out."""
    if is_sqlite(source) and isinstance(source, Path):
        entries = sqlite_entries(source, _chosen)
    else:
        entries = table_entries(source, _SHAPE)
    yield from converted(entries, partial(_rows, options, datetime.now(UTC)), _key)


def _chosen(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    tables = tables_of(connection)
    history = next((name for name in tables if name.endswith("history") and {"uuid", "name"} <= tables[name]), None)
    name = "null"
    if history:
        name = f"(select h.name from {quoted(history)} h where h.uuid = b.uuid order by h.date desc limit 1)"
    found = False
    for kind in ("ban", "mute", "warning"):
        for table, columns in tables.items():
            if table.endswith(f"{kind}s") and columns.issuperset(_COLUMNS):
                found = True
                yield table, f"select '{kind}' as kind, {name} as name, b.* from {quoted(table)} b"
    if not found:
        raise Unreadable("this database has no table litebans_bans, litebans_mutes or litebans_warnings")


def _key(entry: Entry) -> str | None:
    cells: Cells = entry.value
    kind = cells["kind"].lower().removesuffix("s")
    return f"{'warning' if kind == 'warn' else kind}:{cells['id']}" if cells["id"] else None


def _rows(options: Options, now: datetime, entry: Entry) -> Iterable[Row]:
    cells: Cells = entry.value
    kind = cells["kind"].lower().removesuffix("s")
    if kind in _LEFT_OUT:
        return
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind[:40]!r}: say 'ban', 'mute' or 'warning' in the SELECT")
    key = _key(entry)
    if key is None:
        raise ValueError("it has no id")
    if not cells["until"]:
        raise ValueError("until is empty, where 0 or -1 says never")
    expires_at = end_of_milliseconds(cells["until"], "until")
    yield Row(
        key=key,
        **_whom(cells, options.service or "minecraft"),
        punishments=_KINDS[kind],
        reason=cells["reason"] or None,
        note="\n".join(_notes(cells)) or None,
        scope=None if cells["server_scope"] in _EVERYWHERE else Scope.SERVER,
        issued_at=of_milliseconds(cells["time"]) if cells["time"] else None,
        issued_by=_issuer(cells),
        expires_at=expires_at,
        lifted=_lifted(cells, options, expires_at, now),
    )


def _whom(cells: Cells, service: str) -> dict[str, Any]:
    """A ban of an address is of the player too, where one is known; any other is of the player alone."""
    is_of_address = cells.is_set("ipban")
    ip = cells["ip"]
    name = cells["name"]
    if cells["uuid"] == _OFFLINE:  # of a player who never joined the address is the name
        name = "" if ip in _NO_ADDRESS or _is_address(ip) else ip
    whom: dict[str, Any] = {}
    if name:
        whom = {"player": player(service, name), "name": name}
    elif not is_of_address:
        raise ValueError("only the UUID of its player is known: the SELECT names the player by litebans_history")
    if not is_of_address or (whom and not _is_address(ip)):
        return whom
    if cells.is_set("ipban_wildcard") and not whom:
        raise ValueError(f"it bans a range of addresses ({ip[:60]}): mark the network (banstream vpn add)")
    return whom if cells.is_set("ipban_wildcard") else {**whom, "address": address(ip)}


def _notes(cells: Cells) -> Iterator[str]:
    if is_uuid(cells["uuid"]):
        yield f"Minecraft UUID {cells['uuid']}"
    if cells["server_scope"] not in _EVERYWHERE:
        yield f"In LiteBans on {cells['server_scope']} alone."
    if cells.is_set("ipban_wildcard"):
        yield f"In LiteBans of the addresses {cells['ip']}, too."


def _is_address(ip: str) -> bool:
    try:
        address(ip)
    except ValueError:
        return False
    return True


def _issuer(cells: Cells) -> str | None:
    by = cells["banned_by_name"] or cells["banned_by_uuid"]
    return by if by and not is_uuid(by) else None


def _lifted(cells: Cells, options: Options, expires_at: datetime | None, now: datetime) -> Lifted | None:
    """Somebody removed it where somebody is named; a date is always there, and says nothing without that."""
    by = cells["removed_by_name"] or cells["removed_by_uuid"]
    if by.lower() == _EXPIRED:
        return None
    if by:
        told = None if is_uuid(by) else by
        return Lifted(_removed_at(cells["removed_by_date"], options), told, cells["removed_by_reason"] or None)
    return None if cells.is_set("active") else lifted_unless_over(expires_at, now)


def _removed_at(date: str, options: Options) -> datetime | None:
    """In the zone of the database; SQLite keeps milliseconds in some versions, MySQL a zero where nothing was set."""
    if not date or date.startswith("0000"):
        return None
    return of_milliseconds(date, "removed_by_date") if date.isdecimal() else of_text(date, options.zone)


FORMAT = Format("litebans", "LiteBans: bans, mutes and warnings by a SELECT, or its SQLite file", read)
