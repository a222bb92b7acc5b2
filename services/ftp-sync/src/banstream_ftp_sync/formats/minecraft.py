"""Minecraft Java: `banned-players.json` and `banned-ips.json`.

Source: facts dayz-bans-discord 3.3: arrays of `uuid, name, created, source, expires, reason` and of
`ip, created, source, expires, reason`; times `yyyy-MM-dd HH:mm:ss Z`, `"forever"`. Ours have the source `banstream`.
Read at the start of the server; a running one rewrites the files in its own layout and time zone, so what an entry says
is compared, not how it is written.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from banstream_ftp_sync.formats.clean import NAME_LENGTH, REASON_LENGTH, plain
from banstream_ftp_sync.formats.editing import Found
from banstream_ftp_sync.formats.ids import address, player_id
from banstream_ftp_sync.formats.shape import CannotHold, Format
from banstream_ftp_sync.formats.wanted import WantedEntry

_SOURCE = "banstream"
_TIME = "%Y-%m-%d %H:%M:%S %z"
_FOR_EVER = "forever"


def write_player(entry: WantedEntry) -> str:
    """The element that bans a player by UUID; a player known by name alone cannot be held. Raises `CannotHold`."""
    given = player_id(entry, "minecraft")
    try:
        uuid = str(UUID(given))
    except ValueError:
        raise CannotHold("the format wants the UUID of a Minecraft player, not the name") from None
    return _element({"uuid": uuid, "name": plain(entry.player_name, NAME_LENGTH, "")}, entry)


def write_address(entry: WantedEntry) -> str:
    """The element that bans an address. Raises `CannotHold`."""
    return _element({"ip": str(address(entry))}, entry)


def _element(who: dict[str, str], entry: WantedEntry) -> str:
    values = who | {
        "created": entry.issued_at.astimezone(UTC).strftime(_TIME),
        "source": _SOURCE,
        "expires": entry.expires_at.astimezone(UTC).strftime(_TIME) if entry.expires_at else _FOR_EVER,
        "reason": plain(entry.reason, REASON_LENGTH, "no reason"),
    }
    return json.dumps(values, ensure_ascii=False, indent=2).replace("\n", "\n  ")


def _reader(field: str) -> Callable[[str], Found | None]:
    def read(text: str) -> Found | None:
        """An element with our source and a text as id."""
        values = json.loads(text)
        if not isinstance(values, dict) or values.get("source") != _SOURCE:
            return None
        key = values.get(field)
        return Found(key.lower(), _meaning(values)) if isinstance(key, str) and key else None

    return read


def _meaning(values: dict[str, Any]) -> str:
    times = {name: _instant(values.get(name)) for name in ("created", "expires")}
    return json.dumps(values | times, sort_keys=True)


def _instant(value: object) -> object:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S %z").timestamp()
    except (ValueError, OverflowError):
        return value


PLAYERS = Format("minecraft-players", write_player, _reader("uuid"), has_mark=True, is_json=True)
ADDRESSES = Format("minecraft-addresses", write_address, _reader("ip"), has_mark=True, is_json=True)
