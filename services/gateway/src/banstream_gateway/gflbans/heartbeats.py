"""What a game server says of itself in a heartbeat, read as laxly as GFLBans does (facts gflbans 1.2, 1.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from banstream_contracts.players import canonical_id, subject_token
from banstream_contracts.text import blank_control_characters
from banstream_gateway.addresses import Addresses
from banstream_gateway.game_servers.accounting import Identity, Presence, Seen
from banstream_gateway.gflbans.bodies import Fields
from banstream_gateway.gflbans.players import is_shared
from banstream_privacy.addresses import InvalidAddress

LONGEST_HOSTNAME = 96
MOST_PLAYERS = 1024
_LONGEST_WORD = 128
_SERVICE = re.compile(r"[a-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Here:
    """One player on the server. `shown` is as the server said it; `addresses` are the keys of `ip`."""

    identity: Identity
    shown: dict[str, str]
    ip: str = ""
    addresses: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that restrictions are held under."""
        return (subject_token(*self.identity), *self.addresses)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One beat, and who is there, each once."""

    presence: Presence
    players: tuple[Here, ...]
    include_other_servers: bool


def read(fields: Fields, addresses: Addresses, server_id: str, now: datetime) -> Heartbeat:
    """Read the body. Raises Rejected.

    A hostname that is too long is cut. A player that cannot be is left out: bots have ids of their own, and who is not
    known to Steam yet has an empty one.
    """
    once: dict[Identity, Here] = {}
    for player in _players(fields, addresses):
        once.setdefault(player.identity, player)
    players = tuple(once.values())
    include_other_servers = fields.truth("include_other_servers", default=True)
    presence = Presence(
        server_id=server_id,
        beat_at=now,
        counted_until=now,
        hostname=_word(fields, "hostname", LONGEST_HOSTNAME),
        map=_word(fields, "map"),
        mod=_word(fields, "mod"),
        operating_system=_word(fields, "operating_system"),
        max_slots=_slots(fields),
        locked=fields.truth("locked", default=False),
        ignores_others=not include_other_servers,
        players=tuple(Seen(*player.identity) for player in players),
    )
    return Heartbeat(presence, players, include_other_servers)


def _players(fields: Fields, addresses: Addresses) -> Iterator[Here]:
    found = fields.objects("players", MOST_PLAYERS)
    if found is None:
        raise fields.wrong("players", "is missing")
    for player in found:
        if "" in (player.values.get("gs_service"), player.values.get("gs_id")):
            continue
        service, player_id, ip = player.text("gs_service"), player.text("gs_id"), player.values.get("ip")
        if service is None or player_id is None:
            raise player.wrong("gs_id", "gs_service and gs_id are needed")
        here = _here(service, player_id, ip if isinstance(ip, str) else "", addresses)
        if here is not None:
            yield here


def _here(service: str, player_id: str, ip: str, addresses: Addresses) -> Here | None:
    lower = service.lower()
    try:
        identity = lower, canonical_id(lower, player_id)
    except ValueError:
        return None
    if not _SERVICE.fullmatch(lower) or len(identity[1]) > _LONGEST_WORD:
        return None
    shown = {"gs_service": service, "gs_id": player_id}
    try:
        return Here(identity, shown, ip, addresses.tokens(ip)) if ip and not is_shared(ip) else Here(identity, shown)
    except InvalidAddress:
        return Here(identity, shown)


def _word(fields: Fields, name: str, longest: int = _LONGEST_WORD) -> str | None:
    """A text for people, cut to what is kept; an empty one is none. Raises Rejected for one that is missing."""
    value = fields.values.get(name)
    if value is None or not isinstance(value, str | int | float):
        raise fields.wrong(name, "is missing" if value is None else "is no text")
    return blank_control_characters(str(value))[:longest].strip() or None


def _slots(fields: Fields) -> int:
    slots = fields.whole("max_slots", least=0)
    if slots is None:
        raise fields.wrong("max_slots", "is missing")
    return slots
