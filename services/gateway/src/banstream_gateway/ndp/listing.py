"""The list of bans in the words of every generation of NDP's clients at once. Pure.

`active_players` and `active_ips` are read by NDP-MCDR from 1.7.2 on, `player_bans`, `ip_bans` and `timestamp` by it
before, `recent_actions` by the Java plugin, which takes each entry for a ban in force.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address

import orjson

from banstream_contracts.text import blank_control_characters
from banstream_gateway.held.ban_list import ListedBan
from banstream_gateway.prepared import Written

RELATED = "关联封禁："  # noqa: RUF001 - as NDP writes it
"""Before the name of a player whose ban made an address banned, in place of a reason."""

_STAMP_LENGTH = len("2024-02-20T15:30:45.123456")
_CONSOLE_NAME = re.compile(r"[^\s@]\S*")


@dataclass(slots=True)
class BannedPlayer:
    """What is said of a player: for the last reason, with every address, the last first.

    `names` are all ways in which the bans in force write the name, the last first: clients compare exactly.
    """

    cause: str
    timestamp: str
    names: dict[str, None] = field(default_factory=dict)
    addresses: dict[str, ListedBan] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As first written."""
        return next(reversed(self.names))

    @property
    def ip(self) -> str:
        """The last address; empty where none is known."""
        for address in self.addresses:
            return address
        return ""


@dataclass(slots=True)
class BannedAddress:
    """What is said of an address: the players it belongs to, the first banned first, and when the last one was."""

    cause: str
    timestamp: str = ""
    players: list[str] = field(default_factory=list)


def write(bans: Sequence[ListedBan], now: datetime) -> Written:
    """The answer of `GET /bans`; its content is everything but the time it was made."""
    players, addresses = grouped(bans)
    content = orjson.dumps(_union(players, addresses, bans))
    return Written(content[:-1] + b',"timestamp":"%s"}' % stamp(now).encode(), content)


def grouped(bans: Sequence[ListedBan]) -> tuple[dict[str, BannedPlayer], dict[str, BannedAddress]]:
    """Players by id and addresses, the last banned first."""
    players: dict[str, BannedPlayer] = {}
    addresses: dict[str, BannedAddress] = {}
    newest_first = sorted(bans, key=lambda ban: (ban.issued_at, ban.infraction_id), reverse=True)
    for ban in newest_first:
        if ban.player is not None:
            player = players.get(ban.player.id)
            if player is None:
                player = players[ban.player.id] = BannedPlayer(_clean(ban.reason), stamp(ban.issued_at))
            player.names.pop(name := _clean(ban.name), None)
            player.names[name] = None
            if ban.address:
                player.addresses.setdefault(ban.address, ban)
    for ban in reversed(newest_first):
        if ban.address:
            _add_address(addresses, ban, players[ban.player.id].name if ban.player else None)
    return players, dict(reversed(addresses.items()))


def stamp(moment: datetime) -> str:
    """A time as NDP writes it: without a zone, and always with microseconds; here it is UTC."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:_STAMP_LENGTH]


def is_for_consoles(name: str) -> bool:
    """Whether NDP-MCDR may type `ban NAME` into a game's console.

    `@a` is everybody there, and of a name with a blank the first word is somebody else.
    """
    return _CONSOLE_NAME.fullmatch(name) is not None


def as_java_writes(address: str) -> str:
    """An address as the Java plugin compares it: `getHostAddress` does not shorten IPv6."""
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    return ":".join(f"{int(group, 16):x}" for group in parsed.exploded.split(":"))


def _add_address(addresses: dict[str, BannedAddress], ban: ListedBan, name: str | None) -> None:
    cause = RELATED + name if name is not None else _clean(ban.reason)
    found = addresses.pop(ban.address or "", None) or BannedAddress(cause)
    found.timestamp = stamp(ban.issued_at)
    if name is not None and name not in found.players:
        found.players.append(name)
    addresses[ban.address or ""] = found


def _union(
    players: dict[str, BannedPlayer], addresses: dict[str, BannedAddress], bans: Sequence[ListedBan]
) -> dict[str, object]:
    named = [each for each in players.values() if any(map(is_for_consoles, each.names))]
    by_name = {
        name: {"cause": each.cause, "ip": each.ip, "timestamp": each.timestamp}
        for each in named
        for name in reversed(each.names)
        if is_for_consoles(name)
    }
    by_address = {
        address: {"cause": each.cause, "players": each.players, "timestamp": each.timestamp}
        for address, each in addresses.items()
    }
    return {
        "action": "list",
        "ip_count": len(by_address),
        "player_count": len(named),
        "active_players": [{"username": name, **said} for name, said in by_name.items()],
        "active_ips": [{"ip": address, **said} for address, said in by_address.items()],
        "recent_actions": [*_actions(players, bans)],
        "player_bans": by_name,
        "ip_bans": by_address,
    }


def _actions(players: dict[str, BannedPlayer], bans: Sequence[ListedBan]) -> list[dict[str, str]]:
    """Each banned player by each name with each address, and each address that is banned alone, the last first."""
    actions = [
        _action(name, address, player.cause, stamp(ban.issued_at) if ban else player.timestamp)
        for player in players.values()
        for name in reversed(player.names)
        for address, ban in (player.addresses.items() or [("", None)])
        for address in spellings(address)
    ]
    alone = [ban for ban in bans if ban.player is None and ban.address]
    actions += [
        _action("", address, _clean(ban.reason), stamp(ban.issued_at))
        for ban in alone
        for address in spellings(ban.address or "")
    ]
    return sorted(actions, key=lambda action: action["timestamp"], reverse=True)


def spellings(address: str) -> list[str]:
    """Our form of an address, and that of Java where it differs."""
    return [*dict.fromkeys([address, as_java_writes(address)])] if ":" in address else [address]


def _action(username: str, ip: str, cause: str, timestamp: str) -> dict[str, str]:
    return {"type": "ban", "username": username, "ip": ip, "cause": cause, "timestamp": timestamp}


def _clean(text: str) -> str:
    return blank_control_characters(text)
