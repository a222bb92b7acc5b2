"""NDP, a ban list of Minecraft servers: `data.json` of its server, `bans.json` of its plugin, or `GET /bans`.

Source: facts ndp-flask-rewind 1.2 to 1.5. A ban is of a player and of the address they came from; an address may be
banned for several players, or still be banned where none of them is.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from banstream_cli.importing.converting import Entry, converted
from banstream_cli.importing.formats.odd_addresses import address_beside
from banstream_cli.importing.json_reading import documents
from banstream_cli.importing.rows import Format, Found, Options, Rejected, Row, Source, Unreadable, rejected
from banstream_cli.importing.text_lists import key_of_address
from banstream_cli.importing.values import address, members, of_text, player, shown, text
from banstream_contracts.infractions import Punishment

_WHAT = "data.json, bans.json or list of NDP"
_NAMES = (("players", "ips"), ("player_bans", "ip_bans"), ("active_players", "active_ips"))
"""Of players and addresses: the server's file, the plugin's, and what 1.7.2 and later read of the server."""

_RELATED = "关联封禁："  # noqa: RUF001 - as NDP writes it

_Entries = dict[str, Entry]


def read(source: Source, options: Options) -> Found:
    """Bans of players with their address, and of addresses that no player's ban names."""
    for document in documents(source, _WHAT):
        if isinstance(document, Rejected):
            yield document
            continue
        where, players, ips = _parts(document)
        named, broken = _by_name(where[0], players, "username")
        banned, broken_too = _by_name(where[1], ips, "ip")
        yield from (*broken, *broken_too)
        yield from converted(named.values(), partial(_of_player, banned, options))
        yield from converted(banned.values(), partial(_of_address, named, options))


def _parts(document: Entry) -> tuple[tuple[str, str], object, object]:
    """The names of both parts, and what stands in them. Raises Unreadable."""
    found = document.value
    if isinstance(found, dict) and isinstance(found.get("bans"), dict):
        found = found["bans"]
    for names in _NAMES:
        if isinstance(found, dict) and any(name in found for name in names):
            return names, found.get(names[0], {}), found.get(names[1], {})
    raise Unreadable(f"this is no {_WHAT}: it names neither players nor addresses")


def _by_name(where: str, found: object, field: str) -> tuple[_Entries, list[Rejected]]:
    """Entries by what they are of, however they are kept: an object by names, or a list whose elements say it."""
    named: _Entries = {}
    broken: list[Rejected] = []
    for place, name, value in _kept(where, found, field):
        if isinstance(value, dict) and isinstance(name, str) and name not in named:
            named[name] = Entry(place, {**value, "name": name}, f"{name}: {value}")
        else:
            why = "stands there twice" if isinstance(name, str) and name in named else f"names no {field} of a ban"
            broken.append(rejected(place, why, f"{name}: {value}"))
    return named, broken


def _kept(where: str, found: object, field: str) -> Iterator[tuple[str, object, object]]:
    if isinstance(found, Mapping):
        for name, value in found.items():
            yield f"{where}[{name[:60]!r}]", name, value
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield f"{where}[{number}]", value.get(field) if isinstance(value, dict) else None, value
    else:
        yield where, None, found


def _of_player(banned: _Entries, options: Options, entry: Entry) -> Iterable[Row]:
    found = members(entry.value)
    name = found["name"].strip()
    notes: list[str] = []
    ip = text(found.get("ip"))
    known = address_beside(ip, notes)
    yield Row(
        key=f"player:{name}",
        player=player(options.service or "minecraft", name),
        name=name,
        address=known if ip and ip in banned else None,
        **_ban(found, options),
        reason=text(found.get("cause")),
        note="\n".join(notes) or None,
    )


def _of_address(named: _Entries, options: Options, entry: Entry) -> Iterable[Row]:
    """One that no player's ban names; the server never gives it a reason of its own."""
    found = members(entry.value)
    ip = found["name"]
    listed = found.get("players")
    players = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    of = [members(named[name].value) for name in players if name in named]
    if any(text(each.get("ip")) == ip for each in of):
        return
    told = text(found.get("cause")) or ""
    reason = next((text(each.get("cause")) for each in of), None) if told.startswith(_RELATED) else None
    banned = _single(ip)
    yield Row(
        key=key_of_address(banned),
        address=banned,
        **_ban(found, options),
        reason=reason or told,
        note=f"Banned with {', '.join(players)}." if players else None,
    )


def _single(ip: str) -> str:
    """Of an IPv6 address the server keeps what stands before the first colon, which then matches thousands."""
    try:
        return address(ip)
    except ValueError as error:
        raise ValueError(f"{shown(ip)} is no address (of an IPv6 address NDP keeps the first part): {error}") from None


def _ban(found: Mapping[str, Any], options: Options) -> dict[str, Any]:
    stamp = found.get("timestamp")
    issued_at = None if text(stamp) is None else of_text(stamp, options.zone, "timestamp")
    return {"punishments": (Punishment.BAN,), "issued_at": issued_at}


FORMAT = Format("ndp", "NDP: data.json of its server, bans.json of its plugin, or its GET /bans", read)
