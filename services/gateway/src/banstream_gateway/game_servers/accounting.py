"""What a beat means, given the one before: who stayed, and how long that was. Pure (facts gflbans 2.5)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from banstream_contracts.streams import PRESENCE_SECONDS

MOST_SECONDS = 600
"""The longest interval between two beats that counts, GFLBans' own longest: who was away longer is not held to it."""

_FORGOTTEN = timedelta(seconds=PRESENCE_SECONDS)

Identity = tuple[str, str]
"""Service and id: a new address or name is still the same player."""


class Seen(msgspec.Struct, frozen=True):
    """`banstream_contracts.players.Player` as the KV value carries it."""

    service: str
    id: str


class Presence(msgspec.Struct, frozen=True, omit_defaults=True):
    """`banstream_contracts.presence.ServerPresence` as the KV value carries it."""

    server_id: str
    beat_at: datetime
    counted_until: datetime
    hostname: str | None = None
    map: str | None = None
    mod: str | None = None
    operating_system: str | None = None
    max_slots: int = 0
    locked: bool = False
    ignores_others: bool = False
    players: tuple[Seen, ...] = ()

    def who(self) -> frozenset[Identity]:
        """Who was there."""
        return frozenset((player.service, player.id) for player in self.players)

    def is_online(self, now: datetime) -> bool:
        """Whether the beat is recent enough for the server to count as running; one far ahead had a wrong clock."""
        return abs(now - self.beat_at) <= _FORGOTTEN


@dataclass(frozen=True, slots=True)
class Beat:
    """What a beat came to: who stayed since the one before, and for how many seconds from `since` on.

    `presence` is what the next one is measured by; None of a beat that is no later than the last.
    """

    presence: Presence | None
    staying: frozenset[Identity] = frozenset()
    seconds: int = 0
    since: datetime | None = None


def beat(previous: Presence | None, current: Presence, steady: AbstractSet[Identity] | None = None) -> Beat:
    """Measure a beat by the one before. Both times of `current` are when it came.

    `steady`: who was there in every beat since `previous` that was not stored.
    Whole seconds are counted, and what is left of a second is counted with the next beat: so however often a server
    beats, time connected is neither lost nor counted twice. A beat that is no later than the last counts nothing.
    """
    if previous is None or not previous.is_online(current.beat_at):
        return Beat(current)
    staying = previous.who() & current.who()
    if current.beat_at <= previous.beat_at:
        return Beat(None, staying)
    if steady is not None:
        staying &= steady
    seconds = int((current.beat_at - previous.counted_until).total_seconds())
    until = previous.counted_until + timedelta(seconds=seconds)
    if seconds > MOST_SECONDS:
        seconds, until = MOST_SECONDS, current.beat_at
    return Beat(msgspec.structs.replace(current, counted_until=until), staying, seconds, previous.counted_until)
