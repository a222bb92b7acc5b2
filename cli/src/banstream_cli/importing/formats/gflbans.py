"""GFLBans: infractions as its API tells them, or as `mongoexport` writes documents that name their fields likewise.

Source: facts gflbans 1.1 (the fields of an infraction), 2.1 (the flags), 2.2 (what is in force). What the database
itself calls its fields is not known; that somebody removed an infraction is told by its flags alone too, and what
names no end and is not permanent by its flags is refused.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.odd_addresses import address_beside
from banstream_cli.importing.json_reading import documents, list_elements, object_lines
from banstream_cli.importing.reading import seekable
from banstream_cli.importing.rows import Format, Found, Lifted, Options, Rejected, Row, Source, Unreadable
from banstream_cli.importing.values import (
    address,
    members,
    number,
    of_milliseconds,
    of_seconds,
    of_text,
    player,
    text,
)
from banstream_contracts.infractions import Punishment, Scope

_WHAT = "list of GFLBans' infractions"
_GLOBAL, _COMMUNITY, _PERMANENT, _VPN, _REMOVED = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 6
_SESSION, _ONLINE = 1 << 12, 1 << 13
_PUNISHMENTS = {
    Punishment.BAN: 1 << 9,
    Punishment.VOICE_BLOCK: 1 << 7,
    Punishment.CHAT_BLOCK: 1 << 8,
    Punishment.ADMIN_CHAT_BLOCK: 1 << 10,
    Punishment.CALL_ADMIN_BLOCK: 1 << 11,
    Punishment.ITEM_BLOCK: 1 << 14,
}
_MOST_FLAGS = 1 << 32
_STEAM_BASE = 76561197960265728
_MOMENT = timedelta(seconds=1)
"""What has never held ends so long after it began."""

_HIDDEN = "MISSING_PERMISSIONS"
_START = 4096
_BLANKS = b"\xef\xbb\xbf \t\r\n"


def read(source: Source, _options: Options) -> Found:
    """Infractions: a list, an object a line, or answers of the API that hold several. Online-only ones are refused."""
    with seekable(source) as file:
        start = file.read(_START).lstrip(_BLANKS)
        file.seek(0)
        if not start:
            raise Unreadable(f"the file is empty: this is no {_WHAT}")
        if start.startswith(b"["):
            entries: Iterator[Entry | Rejected] = list_elements(file, _WHAT)
        elif start.partition(b"\n")[0].strip() == b"{":  # written over several lines
            entries = documents(file, _WHAT)
        else:
            entries = object_lines(file)
        yield from converted(_infractions(entries), _rows, _key)


def _infractions(entries: Iterator[Entry | Rejected]) -> Iterator[Entry | Rejected]:
    """An answer of `GET /infractions/` holds several."""
    for entry in entries:
        results = entry.value.get("results") if isinstance(entry, Entry) and isinstance(entry.value, dict) else None
        if not isinstance(entry, Entry) or not isinstance(results, list):
            yield entry
            continue
        for number_, each in enumerate(results):
            yield Entry(f"{entry.place}, results[{number_}]", each, str(each))


def _key(entry: Entry) -> str | None:
    found = members(entry.value)
    return text(_plain(found.get("id")) or _plain(found.get("_id")))


def _rows(entry: Entry) -> Iterable[Row]:
    found = {name: _plain(value) for name, value in members(entry.value).items()}
    key = _key(entry)
    if key is None:
        raise ValueError("it has no id")
    flags = number(found.get("flags"), "flags")
    if not 0 <= flags < _MOST_FLAGS:
        raise ValueError(f"flags is {flags}, no set of bits that GFLBans knows")
    created = _moment(found.get("created"), "created")
    notes: list[str] = []
    whom = _whom(found, flags, notes)
    yield Row(
        key=key,
        **whom,
        punishments=tuple(punishment for punishment, bit in _PUNISHMENTS.items() if flags & bit),
        reason=text(found.get("reason")),
        scope=_scope(found, flags, notes),
        issued_at=created,
        issued_by=_admin(found.get("admin")) or "SYSTEM",
        expires_at=_end(found, flags, created, notes),
        lifted=_lifted(found, flags),
        note="\n".join(notes) or None,
    )


def _whom(found: dict[str, Any], flags: int, notes: list[str]) -> dict[str, Any]:
    nested = found.get("player") or found.get("user") or {}
    known = {name: _plain(value) for name, value in members(nested).items()}
    ip = known.get("ip") or found.get("ip")
    service, player_id = text(known.get("gs_service")), text(known.get("gs_id"))
    if service is None or player_id is None:
        if ip == _HIDDEN:
            raise ValueError("its address is hidden: read it with a key that may see addresses")
        return {"address": address(ip)}
    whom = {"player": player(service.lower(), player_id), "name": text(known.get("gs_name"))}
    if flags & _VPN:
        return whom  # it is of many
    return {**whom, "address": address_beside(None if ip == _HIDDEN else ip, notes)}


def _scope(found: dict[str, Any], flags: int, notes: list[str]) -> Scope:
    if flags & _COMMUNITY:
        return Scope.COMMUNITY
    if flags & _GLOBAL:
        return Scope.GLOBAL
    notes.append(f"In GFLBans on the server {text(found.get('server')) or 'of nobody'} alone.")
    return Scope.SERVER


def _end(found: dict[str, Any], flags: int, created: datetime, notes: list[str]) -> datetime | None:
    if flags & _SESSION:
        notes.append("In GFLBans for one session.")
        return created + _MOMENT
    if flags & _PERMANENT:
        return None
    if flags & _ONLINE:
        return _end_of_online(found, flags, created, notes)
    if found.get("expires") is None:
        raise ValueError("it names no end (expires), and is not permanent by its flags")
    return _moment(found["expires"], "expires")


def _end_of_online(found: dict[str, Any], flags: int, created: datetime, notes: list[str]) -> datetime:
    left = number(found.get("time_left") or 0, "time_left")
    if left > 0 and not (flags & _REMOVED or found.get("removed_on")):
        raise ValueError(
            f"it ends after {left} more seconds in the game, which cannot be imported: issue it here for that long"
        )
    notes.append("In GFLBans for time in the game.")
    end = created + timedelta(seconds=number(found.get("orig_length") or 0, "orig_length"))
    if found.get("last_heartbeat") is not None:
        end = _moment(found["last_heartbeat"], "last_heartbeat")
    return max(end, created + _MOMENT)


def _lifted(found: dict[str, Any], flags: int) -> Lifted | None:
    removed_on = found.get("removed_on")
    if not flags & _REMOVED and removed_on is None:
        return None
    at = None if removed_on is None else _moment(removed_on, "removed_on")
    return Lifted(at, _admin(found.get("removed_by")), text(found.get("removal_reason")))


def _admin(value: object) -> str | None:
    """An account number is 32 bits of a SteamID64; anything else is an id of the database."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 32:
        return f"steam:{_STEAM_BASE + value}"
    found = text(value)
    return f"admin {found}" if found and found != "0" else None


def _moment(value: object, what: str) -> datetime:
    if isinstance(value, datetime):
        return value
    return of_text(value, UTC, what) if isinstance(value, str) and "-" in value[1:] else of_seconds(value, what)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """MongoDB's extended JSON as plain values; a `$date` as the time it is."""
    match value:
        case {"$oid": found} | {"$numberLong": found} | {"$numberInt": found} | {"$numberDouble": found}:
            return number(found, "a number") if "$oid" not in value else found
        case {"$date": str() as found}:
            return of_text(found, UTC, "a $date")
        case {"$date": found}:
            return of_milliseconds(_plain(found), "a $date")
        case _:
            return value


FORMAT = Format("gflbans", "GFLBans: infractions of its API, or of mongoexport", read)
