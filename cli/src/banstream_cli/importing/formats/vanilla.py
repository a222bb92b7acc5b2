"""Minecraft Java: `banned-players.json` and `banned-ips.json`.

Source: facts peers 5.3 and dayz-bans-discord 3.3: arrays of `uuid, name, created, source, expires, reason` and of
`ip, created, source, expires, reason`; times `yyyy-MM-dd HH:mm:ss Z`, `forever`. Files of panels hold ISO 8601, times
without a zone, or what is none.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.json_reading import list_elements
from banstream_cli.importing.rows import Format, Found, Options, Row, Source
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import address, end_of_text, is_never, members, of_text, player, shown, text
from banstream_contracts.infractions import Punishment

_OURS = "banstream"
_UNKNOWN = {"(unknown)", "unknown"}


def read(source: Source, options: Options) -> Found:
    """Bans of players by name, and of addresses; a player's UUID is noted. Those that banstream wrote are left."""

    def rows(entry: Entry) -> Iterator[Row]:
        ban = members(entry.value)
        if ban.get("source") != _OURS:
            yield _row(ban, options)

    return converted(list_elements(source, "banned-players.json or banned-ips.json"), rows, _key)


def _key(entry: Entry) -> str | None:
    ban = members(entry.value)
    if "ip" in ban:
        return key_of_address(address(ban["ip"]))
    known = _uuid(ban.get("uuid")) or (text(ban.get("name")) or "").lower()
    return f"player:{known}" if known else None


def _row(ban: dict[str, Any], options: Options) -> Row:
    issued_at, trouble = _issued_at(ban, options)
    of_ban: dict[str, Any] = {
        "punishments": (Punishment.BAN,),
        "reason": text(ban.get("reason")),
        "issued_at": issued_at,
        "issued_by": None if str(ban.get("source")).lower() in _UNKNOWN else text(ban.get("source")),
        "expires_at": end_of_text(ban.get("expires"), options.zone),
    }
    if "ip" in ban:
        banned = address(ban["ip"])
        return Row(key=key_of_address(banned), address=banned, note=trouble, **of_ban)
    name, uuid = text(ban.get("name")), _uuid(ban.get("uuid"))
    if name is None:
        raise ValueError("it has no name, and players of Minecraft are known by name here: add the name to the entry")
    notes = [f"Minecraft UUID {uuid}" if uuid else None, trouble]
    return Row(
        key=f"player:{uuid or name.lower()}",
        player=player(options.service or "minecraft", name),
        name=name,
        note="\n".join(note for note in notes if note) or None,
        **of_ban,
    )


def _issued_at(ban: dict[str, Any], options: Options) -> tuple[datetime | None, str | None]:
    """A time that cannot be read stands in the note: a ban is no less one."""
    created = ban.get("created")
    if is_never(created) or str(created).lower() in _UNKNOWN:
        return None, None
    try:
        return of_text(created, options.zone), None
    except ValueError:
        return None, f"When it was issued is not known: the file says {shown(created)}."


def _uuid(value: object) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


FORMAT = Format("vanilla", "Minecraft: banned-players.json, banned-ips.json", read)
