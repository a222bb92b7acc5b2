"""txAdmin (FiveM, RedM): `txData/<profile>/data/playersDB.json`, version 5 and older.

Source: facts peers 5.7: `actions` of `id, type ban|warn, ids (identifiers until version 3), playerName or false,
reason, author, timestamp, expiration or false, revocation {timestamp, author}`. A crash of the host may leave NUL bytes
(its issue 204), and txAdmin keeps a copy beside it.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from banstream_cli.arguments.validation import first_message
from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.json_reading import member_elements
from banstream_cli.importing.reading import seekable
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Rejected, Row, Source, Unreadable, rejected
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import (
    address,
    begin_of_seconds,
    end_of_seconds,
    is_never,
    members,
    of_seconds,
    player,
    shown,
    text,
)
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player

_WHAT = "playersDB.json of txAdmin"
_PUNISHMENTS: dict[object, tuple[Punishment, ...]] = {"ban": (Punishment.BAN,), "warn": ()}
_LICENSE = re.compile(r"[0-9a-f]{40}")
_KIND = re.compile(r"[a-z][a-z0-9]{0,15}")
_CHUNK = 1024 * 1024
_NEWEST = 5


def read(source: Source, options: Options) -> Found:
    """Bans, a row for each identifier, and warnings, a row for the first one; hardware ids are left."""
    service = options.service or "fivem"

    def rows(entry: Entry) -> Iterator[Row | Rejected]:
        if entry.place == "version":
            return _check_version(entry.value)
        return _rows(entry, service)

    with seekable(source) as file:
        _refuse_nul_bytes(file)
        yield from converted(member_elements(file, "actions", _WHAT), rows)


def _refuse_nul_bytes(file: BinaryIO) -> None:
    while chunk := file.read(_CHUNK):
        if b"\0" in chunk:
            raise Unreadable(
                "the file holds NUL bytes: it was damaged, as by a crash of its host;"
                " take playersDB.backup.json, which txAdmin keeps beside it"
            )
    file.seek(0)


def _check_version(version: object) -> Iterator[Row]:
    if not isinstance(version, int) or version > _NEWEST:
        raise ValueError(
            f"the version of the file is {shown(version)}, known are those up to {_NEWEST}: look at the rows"
        )
    return iter(())


def _rows(entry: Entry, service: str) -> Iterator[Row | Rejected]:
    action = members(entry.value)
    if action.get("type") not in [*_PUNISHMENTS]:  # which may be anything
        return
    key = text(action.get("id"))
    if key is None:
        raise ValueError("it has no id")
    told = _told(action)
    given = action.get("ids", action.get("identifiers"))
    ids = list(dict.fromkeys(each for each in given if isinstance(each, str))) if isinstance(given, list) else []
    if not ids:
        raise ValueError("it names no identifier; hardware ids are not known here")
    found = [_of(each, entry, service, key, told) for each in sorted(ids, key=_license_last)]
    warned = [each for each in found if isinstance(each, Row)][-1:] if action["type"] == "warn" else []
    yield from warned or found


def _told(action: dict[str, Any]) -> dict[str, Any]:
    """What every row of an action says."""
    revocation = action.get("revocation")
    revoked = revocation if isinstance(revocation, dict) else {}
    return {
        "punishments": _PUNISHMENTS[action["type"]],
        "name": text(action.get("playerName")),
        "reason": text(action.get("reason")),
        "issued_at": begin_of_seconds(action.get("timestamp")),
        "issued_by": text(action.get("author")),
        "expires_at": end_of_seconds(action.get("expiration")),
        "lifted": None
        if is_never(revoked.get("timestamp"))
        else Lifted(of_seconds(revoked["timestamp"], "when it was revoked"), text(revoked.get("author"))),
    }


def _license_last(identifier: str) -> bool:
    return identifier.startswith("license:")


def _of(identifier: str, entry: Entry, service: str, key: str, told: dict[str, Any]) -> Row | Rejected:
    try:
        return Row(**_whom(identifier, service, key), **told)
    except ValueError as error:
        return rejected(f"{entry.place}, {shown(identifier)}", first_message(error), entry.raw)


def _whom(identifier: str, service: str, key: str) -> dict[str, Any]:
    """Who it is, and the key of that row."""
    given, colon, value = identifier.partition(":")
    kind = given.lower()
    if not colon or not value or not _KIND.fullmatch(kind):
        raise ValueError("it is no identifier like license:…, steam:… or discord:…")
    if kind == "ip":
        found = address(value)
        return {"key": f"{key}/{key_of_address(found)}", "address": found}
    return {"key": f"{key}/{kind}:{value.lower()}", "player": _player(kind, value, service)}


def _player(kind: str, value: str, service: str) -> Player:
    match kind:
        case "license":
            if not _LICENSE.fullmatch(value.lower()):
                raise ValueError("a license is 40 hex digits")
            return player(service, value.lower())
        case "steam" | "discord":
            return player(kind, value)
        case _:
            return player(service, f"{kind}:{value}")


FORMAT = Format("txadmin", "txAdmin (FiveM, RedM): playersDB.json", read)
