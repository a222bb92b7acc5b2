"""LibertyBans: its view `simple_history`, with the names of players and what is still active, by a SELECT.

Source: facts peers 5.2; docs/The-Database-Schema.md of LibertyBans for the views. Who lifted what is not stored.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.database_rows import WRITTEN_BY_MYSQL, Cells, Shape, table_entries
from banstream_cli.importing.formats.database_values import database_address, lifted_unless_over
from banstream_cli.importing.rows import Format, Found, Options, Row, Source
from banstream_cli.importing.values import end_of_seconds, of_seconds, player
from banstream_contracts.infractions import Punishment, Scope

SELECT = """\
select h.id, h.type, h.victim_type, v.name as victim_name, hex(h.victim_address) as victim_address,
  o.name as operator_name, h.reason, h.scope_type, h.scope, h.start, h.end, a.id is not null as active
  from libertybans_simple_history h left join libertybans_simple_active a on a.id = h.id
  left join libertybans_latest_names v on v.uuid = h.victim_uuid
  left join libertybans_latest_names o on o.uuid = h.operator"""
_HOW = f"{WRITTEN_BY_MYSQL} (with psql --csv, encode(h.victim_address, 'hex') in place of hex)\n{SELECT}"
_SHAPE = Shape(
    (*("id", "type", "victim_type", "victim_name", "victim_address"), *("reason", "scope", "start", "end", "active")),
    _HOW,
)
_BAN, _MUTE, _WARN, _KICK = "0", "1", "2", "3"
_TYPES = {_BAN: (Punishment.BAN,), _MUTE: (Punishment.CHAT_BLOCK,), _WARN: ()}
_TYPE_NAMES = {"BAN": _BAN, "MUTE": _MUTE, "WARN": _WARN, "KICK": _KICK}
_ACCOUNT, _ADDRESS, _BOTH = "0", "1", "2"
_VICTIM_NAMES = {"PLAYER": _ACCOUNT, "ADDRESS": _ADDRESS, "COMPOSITE": _BOTH}


def read(source: Source, options: Options) -> Found:
    """Bans, mutes (of chat) and warnings; kicks are left out."""
    rows = partial(_rows, options.service or "minecraft", datetime.now(UTC))
    yield from converted(table_entries(source, _SHAPE), rows, _key)


def _key(entry: Entry) -> str | None:
    return entry.value["id"] or None


def _rows(service: str, now: datetime, entry: Entry) -> Iterable[Row]:
    cells: Cells = entry.value
    type_ = _TYPE_NAMES.get(cells["type"].upper(), cells["type"])
    if type_ == _KICK:
        return
    if type_ not in _TYPES:
        raise ValueError(f"type is {type_[:40]!r}, where 0 (ban), 1 (mute), 2 (warn) or 3 (kick) was expected")
    key = _key(entry)
    if key is None:
        raise ValueError("it has no id")
    if not cells["end"]:
        raise ValueError("it has no end, where 0 says never")
    expires_at = end_of_seconds(cells["end"], "end")
    is_everywhere = cells["scope_type"] == "0" if cells["scope_type"] else cells["scope"] in {"", "*"}
    yield Row(
        key=key,
        **_whom(cells, service),
        punishments=_TYPES[type_],
        reason=cells["reason"] or None,
        note=None if is_everywhere else f"In LibertyBans on {cells['scope']} alone.",
        scope=None if is_everywhere else Scope.SERVER,
        issued_at=of_seconds(cells["start"], "start"),
        issued_by=cells["operator_name"] or None,
        expires_at=expires_at,
        lifted=None if cells.is_set("active") else lifted_unless_over(expires_at, now),
    )


def _whom(cells: Cells, service: str) -> dict[str, Any]:
    """Of an account the address says nothing, of an address the account."""
    kind = _VICTIM_NAMES.get(cells["victim_type"].upper(), cells["victim_type"])
    if kind == _ADDRESS:
        return {"address": database_address(cells["victim_address"])}
    if kind not in {_ACCOUNT, _BOTH}:
        raise ValueError(f"victim_type is {kind[:40]!r}, where 0 (account), 1 (address) or 2 (both) was expected")
    name = cells["victim_name"]
    if not name:
        raise ValueError("its player has no name in libertybans_latest_names, and is known by name here")
    whom: dict[str, Any] = {"player": player(service, name), "name": name}
    return {**whom, "address": database_address(cells["victim_address"])} if kind == _BOTH else whom


FORMAT = Format("libertybans", "LibertyBans: its view simple_history by a SELECT", read)
