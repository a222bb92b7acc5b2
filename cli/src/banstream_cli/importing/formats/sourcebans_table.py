"""SourceBans and SourceBans++: rows of `sb_bans` and `sb_comms`, by a SELECT.

Source: facts peers 5.1 (struc.sql of SourceBans++ 1.x). Rows of bans have a column `ip`, those of comms none. There
are no foreign keys there: an admin who is gone is told by number. Old tables of latin1 hold UTF-8 (facts peers 5.0).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import WRITTEN_BY_MYSQL, Cells, Shape, table_entries
from banstream_cli.importing.formats.database_values import encoded_once
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Row, Source
from banstream_cli.importing.values import address, begin_of_seconds, end_of_seconds, number, player
from banstream_contracts.infractions import Punishment

SELECT = """\
select b.*, a.user as admin, r.user as remover
  from sb_bans b left join sb_admins a on a.aid = b.aid left join sb_admins r on r.aid = b.RemovedBy;
select c.*, a.user as admin, r.user as remover
  from sb_comms c left join sb_admins a on a.aid = c.aid left join sb_admins r on r.aid = c.RemovedBy"""
_HOW = f"{WRITTEN_BY_MYSQL}\n{SELECT}"
_SHAPE = Shape(
    (
        *("bid", "authid", "name", "created", "ends", "length", "reason", "aid"),
        *("removedby", "removetype", "removedon", "type"),
    ),
    _HOW,
)
_COMMS = {
    "1": (Punishment.VOICE_BLOCK,),
    "2": (Punishment.CHAT_BLOCK,),
    "3": (Punishment.VOICE_BLOCK, Punishment.CHAT_BLOCK),
}
_NOT_REMOVED, _EXPIRED = "", "E"


def read(source: Source, _options: Options) -> Found:
    """Bans, mutes, gags and silences."""
    yield from converted(table_entries(source, _SHAPE), rows_of, key_of)


def key_of(entry: Entry) -> str | None:
    """Of one row, whose value is `Cells`; that of a ban has an `ip`."""
    cells: Cells = entry.value
    return f"{'ban' if 'ip' in cells else 'comm'}:{cells['bid']}" if cells["bid"] else None


def rows_of(entry: Entry) -> Iterable[Row]:
    """The same row. Raises ValueError."""
    cells: Cells = entry.value
    key = key_of(entry)
    if key is None:
        raise ValueError("it has no bid")
    is_ban = "ip" in cells
    notes: list[str] = []
    whom = _whom_banned(cells, notes) if is_ban else {"player": player("steam", cells["authid"])}
    created = begin_of_seconds(cells["created"], "created")
    yield Row(
        key=key,
        **whom,
        name=encoded_once(cells["name"]) or None,
        punishments=(Punishment.BAN,) if is_ban else _silenced(cells["type"]),
        reason=encoded_once(cells["reason"]) or None,
        issued_at=created,
        issued_by=_admin(cells["aid"], cells["admin"], "CONSOLE"),
        expires_at=_end(cells, created, notes),
        lifted=_lifted(cells),
        note="\n".join(notes) or None,
    )


def _whom_banned(cells: Cells, notes: list[str]) -> dict[str, Any]:
    """Of a ban of a Steam id the address is a note, and of an address the Steam id."""
    match cells["type"]:
        case "0":
            return {"player": player("steam", cells["authid"])}
        case "1":
            if cells["authid"]:
                notes.append(f"Steam id there: {cells['authid']}")
            return {"address": address(cells["ip"])}
        case other:
            raise ValueError(f"type is {other[:40]!r}, where 0 (Steam id) or 1 (address) was expected")


def _silenced(kind: str) -> tuple[Punishment, ...]:
    if kind not in _COMMS:
        raise ValueError(f"type is {kind[:40]!r}, where 1 (mute), 2 (gag) or 3 (silence) was expected")
    return _COMMS[kind]


def _end(cells: Cells, created: datetime | None, notes: list[str]) -> datetime | None:
    """By `ends`; a length of 0 is for ever, and then `ends` says nothing."""
    length = number(cells["length"], "length")
    if length <= 0:
        return None
    end = end_of_seconds(cells["ends"], "ends")
    if end is None and created is None:
        raise ValueError(f"it lasts {length} seconds, and says neither since when nor until when")
    if end is None and created is not None:
        return created + timedelta(seconds=length)
    if end is not None and created is not None and int((end - created).total_seconds()) != length:
        notes.append(f"In SourceBans it was to last {length} seconds, which is not when it ends.")
    return end


def _lifted(cells: Cells) -> Lifted | None:
    """U is unbanned, D deleted; E has run out, which is noticed there late or never."""
    kind = cells["RemoveType"].upper()
    if kind in {_NOT_REMOVED, _EXPIRED}:
        return None
    at = end_of_seconds(cells["RemovedOn"], "RemovedOn")
    return Lifted(at, _admin(cells["RemovedBy"], cells["remover"], None), encoded_once(cells["ureason"]) or None)


def _admin(aid: str, name: str, nobody: str | None) -> str | None:
    if name:
        return encoded_once(name)
    return nobody if aid in {"", "0"} else f"admin {aid}"


FORMAT = Format("sourcebans-table", "SourceBans, SourceBans++ 1.x: sb_bans and sb_comms by a SELECT", read)
