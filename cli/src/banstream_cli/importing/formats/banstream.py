"""What `banstream export bans` of another installation wrote, as JSON lines or as a table.

Source: `commands/exporting.py` and `shown/ban_rows.py` of this package: an infraction as `GET /v1/infractions` tells
it, or its columns. An address is exported as a hash, which no other installation knows; notes are in JSON alone.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.json_reading import object_lines
from banstream_cli.importing.reading import seekable, text_of
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Rejected, Row, Source, Unreadable, rejected
from banstream_cli.importing.values import is_never, members, of_text, shown, text
from banstream_contracts.infractions import Lifetime, Punishment, Scope, Severity, Status
from banstream_contracts.players import Player, parse_player

_WHAT = "export of banstream (banstream export bans)"
_NEEDED = frozenset({"infraction_id", "player", "status", "punishments", "lifetime", "issued_at", "reason"})
_LONGEST_HEADER = 4096
_WARNING = "warning"
_FORMULA = re.compile(r"'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|\\t)")
"""The apostrophe that keeps a spreadsheet from carrying a cell out."""


def read(source: Source, _options: Options) -> Found:
    """Bans with all that was exported of them, those that ended too where the export had them (--all)."""
    with seekable(source) as file:
        with text_of(file) as begun:
            first = begun.readline(_LONGEST_HEADER).strip()
        file.seek(0)
        if first.startswith("{"):
            yield from converted(object_lines(file), _of_json, _key_of_json)
        elif _NEEDED.issubset(first.split(",")):
            with text_of(file) as table:
                yield from converted(_records(table), _of_record, _key_of_record)
        elif first:
            raise Unreadable(f"this is no {_WHAT}: it begins with {shown(first)}")


def _records(table: TextIO) -> Iterator[Entry | Rejected]:
    reader = csv.reader(table)
    columns = next(reader)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield rejected(f"line {reader.line_num}", f"it is no row of a table: {error}", "")
            continue
        if cells is None:
            return
        if len(cells) != len(columns):
            yield rejected(f"line {reader.line_num}", f"it has {len(cells)} cells, not {len(columns)}", repr(cells))
            continue
        found = {name: _as_exported(cell) for name, cell in zip(columns, cells, strict=True) if cell}
        yield Entry(f"line {reader.line_num}", found, ",".join(cells))


def _as_exported(cell: str) -> str:
    return cell[1:] if _FORMULA.match(cell) else cell


def _key_of_json(entry: Entry) -> str | None:
    return text(members(entry.value).get("id"))


def _key_of_record(entry: Entry) -> str | None:
    return text(entry.value.get("infraction_id"))


def _of_record(entry: Entry) -> Iterator[Row]:
    found: dict[str, str] = entry.value
    whom = found.get("player", "")
    named = found.get("punishments", "")
    yield _row(
        {
            **found,
            "id": found.get("infraction_id"),
            "punishments": [] if named == _WARNING else named.split(", "),
            "issuer": {name: found.get(f"issuer_{name}") for name in ("kind", "id", "name")},
        },
        None if whom.startswith("address:") or whom == "-" else parse_player(whom),
    )


def _of_json(entry: Entry) -> Iterator[Row]:
    infraction = members(entry.value)
    player = infraction.get("player")
    yield _row(infraction, Player.model_validate(player) if player is not None else None)


@dataclass(frozen=True, slots=True)
class _End:
    expires_at: datetime | None
    lifted: Lifted | None


def _row(infraction: Mapping[str, Any], player: Player | None) -> Row:
    if player is None:
        raise ValueError("it is of an address, of which an export has a hash only: ban the address by hand")
    key, named = text(infraction.get("id")), infraction.get("punishments")
    if key is None or not isinstance(named, (list, tuple)):
        raise ValueError(f"it is no {_WHAT}: its id or its punishments are missing")
    end = _end(infraction)
    return Row(
        key=key,
        player=player,
        name=text(infraction.get("player_name")),
        punishments=tuple(Punishment(each) for each in named),
        reason=text(infraction.get("reason")),
        note=text(infraction.get("note")),
        evidence=text(infraction.get("evidence")),
        category=text(infraction.get("category")),
        severity=Severity(infraction["severity"]) if infraction.get("severity") else None,
        scope=Scope(infraction["scope"]) if infraction.get("scope") else None,
        server_id=text(infraction.get("server_id")),
        issued_at=_begin(infraction, end),
        issued_by=_who(infraction.get("issuer")),
        expires_at=end.expires_at,
        lifted=end.lifted,
    )


def _begin(infraction: Mapping[str, Any], end: _End) -> datetime | None:
    """What was imported there once, over by then and nobody knew since when, was issued after its end."""
    issued_at = _moment(infraction, "issued_at")
    return None if issued_at and end.expires_at and end.expires_at < issued_at else issued_at


def _end(infraction: Mapping[str, Any]) -> _End:
    """One that counts time connected, or lasts a session, has no end by the clock, unless it is over."""
    status, lifetime = Status(str(infraction.get("status"))), Lifetime(str(infraction.get("lifetime")))
    ended_at = _moment(infraction, "ended_at")
    expires_at = _moment(infraction, "expires_at")
    if lifetime is Lifetime.TIMED and expires_at is None:
        raise ValueError("it is timed, and its expires_at is missing")
    if status is Status.LIFTED:
        return _End(
            expires_at, Lifted(ended_at, _who(infraction.get("ended_by")), text(infraction.get("ended_reason")))
        )
    if lifetime in {Lifetime.ONLINE, Lifetime.SESSION}:
        if ended_at is None:
            raise ValueError(f"its lifetime is {lifetime.value}, which has no end by the clock: issue it by hand")
        return _End(ended_at, None)
    return _End(expires_at, None)


def _moment(infraction: Mapping[str, Any], name: str) -> datetime | None:
    value = infraction.get(name)
    return None if is_never(value) else of_text(value, UTC, name)


def _who(actor: object) -> str | None:
    if not isinstance(actor, Mapping):
        return None
    return text(actor.get("name")) or text(actor.get("id"))


FORMAT = Format("banstream", "banstream: what `banstream export bans` wrote elsewhere", read)
