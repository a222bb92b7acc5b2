"""AdvancedBan: `PunishmentHistory` and `Punishments`, by a SELECT.

Source: facts peers 5.5. One event has another id in each table, and may stand in a table twice: a row is known by
what it is about and by its beginning. Times are moved by the setting TimeDiff, hours that `zone` takes off again.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import WRITTEN_BY_MYSQL, Cells, Shape, table_entries
from banstream_cli.importing.formats.database_values import is_uuid, lifted_unless_over
from banstream_cli.importing.rows import Format, Found, Options, Rejected, Row, Source
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import address, end_of_milliseconds, of_milliseconds, player
from banstream_contracts.infractions import Punishment

SELECT = """\
select h.*, exists(select 1 from Punishments p where coalesce(p.uuid, p.name) = coalesce(h.uuid, h.name)
    and p.punishmentType = h.punishmentType and coalesce(p.start, 0) = coalesce(h.start, 0)) as active
  from PunishmentHistory h;
select p.*, 1 as active from Punishments p"""
_HOW = f"{WRITTEN_BY_MYSQL}\n{SELECT}"
_SHAPE = Shape(("name", "uuid", "reason", "operator", "punishmenttype", "start", "end", "active"), _HOW)
_TYPES = {
    "BAN": (Punishment.BAN,),
    "IP_BAN": (Punishment.BAN,),
    "MUTE": (Punishment.CHAT_BLOCK,),
    "WARNING": (),
}
_LEFT_OUT = frozenset({"KICK", "NOTE"})
_TEMPORARY = "TEMP_"


def read(source: Source, options: Options) -> Found:
    """Bans, mutes (of chat) and warnings; kicks and notes are left out."""
    entries = _without_copies(table_entries(source, _SHAPE))
    yield from converted(entries, partial(_rows, options, datetime.now(UTC)))


def _without_copies(entries: Iterable[Entry | Rejected]) -> Iterator[Entry | Rejected]:
    """Both tables hold what is in force, and each may hold it twice; the first is the history's."""
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        if isinstance(entry, Entry):
            content = tuple(entry.value[column] for column in _SHAPE.needed)
            if content in seen:
                continue
            seen.add(content)
        yield entry


def _rows(options: Options, now: datetime, entry: Entry) -> Iterable[Row]:
    cells: Cells = entry.value
    type_ = cells["punishmentType"].upper()
    plain = type_.removeprefix(_TEMPORARY)
    if plain in _LEFT_OUT:
        return
    if plain not in _TYPES:
        raise ValueError(f"{type_[:40]!r} is no type of a punishment")
    expires_at = _moved(end_of_milliseconds(cells["end"], "end"), options.zone)
    if expires_at is None and type_ != plain:
        raise ValueError(f"a {type_} without an end: say when it ends, or that it is a {plain}")
    start = cells["start"]
    whom = _of_address(cells) if plain == "IP_BAN" else _of_player(cells, options.service or "minecraft")
    known = key_of_address(whom["address"]) if plain == "IP_BAN" else (cells["uuid"] or cells["name"]).lower()
    yield Row(
        key=f"{plain.lower()}:{known}:{start}",
        **whom,
        punishments=_TYPES[plain],
        reason=cells["reason"] or None,
        issued_at=_moved(of_milliseconds(start, "start"), options.zone) if start else None,
        issued_by=cells["operator"] or None,
        expires_at=expires_at,
        lifted=None if cells.is_set("active") else lifted_unless_over(expires_at, now),
    )


def _of_address(cells: Cells) -> dict[str, Any]:
    name, ip = cells["name"], cells["uuid"] or cells["name"]
    return {"address": address(ip), "name": name if name not in {"", ip} else None}


def _of_player(cells: Cells, service: str) -> dict[str, Any]:
    """`uuid` holds a UUID or a name in lower case."""
    name, uuid = cells["name"], cells["uuid"]
    known = name or ("" if is_uuid(uuid) else uuid)
    if not known:
        raise ValueError("it names no player: Minecraft's players are known by name here")
    note = f"Minecraft UUID {uuid}" if is_uuid(uuid) else None
    return {"player": player(service, known), "name": known, "note": note}


def _moved(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=zone).astimezone(UTC)


FORMAT = Format("advancedban", "AdvancedBan: PunishmentHistory and Punishments by a SELECT", read)
