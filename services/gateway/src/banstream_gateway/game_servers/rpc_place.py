"""How far a game server has taken its RPC events. Pure."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from banstream_gateway.feed.ring import Cursor


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """`banstream_contracts.presence.RpcPlace` as the KV value carries it."""

    incarnation: str
    sequence: int
    taken: tuple[str, ...] = ()

    def has(self, incarnation: str, sequence: int, event_id: str) -> bool:
        """Whether an event, which came with this sequence, was taken."""
        return self.incarnation == incarnation and (sequence <= self.sequence or event_id in self.taken)


class RpcEvent(msgspec.Struct, frozen=True):
    """One event for one server; `sequence` is that of what it tells.

    `fields` are all but what the server sees of `key` when it is told; None of an event that shows nothing.
    """

    id: str
    sequence: int
    fields: dict[str, Any]
    key: str | None = None


def merged(one: Place, other: Place) -> Place:
    """Both together; of another incarnation the other one, which was read later."""
    if one.incarnation != other.incarnation:
        return other
    return Place(one.incarnation, max(one.sequence, other.sequence), tuple(dict.fromkeys((*one.taken, *other.taken))))


def untaken(place: Place | None, events: Sequence[RpcEvent], incarnation: str) -> list[RpcEvent]:
    """Those of the events that wait."""
    return [each for each in events if place is None or not place.has(incarnation, each.sequence, each.id)]


def advanced(place: Place | None, events: Sequence[RpcEvent], end: Cursor, taken: AbstractSet[str]) -> Place:
    """The place once these were taken as well.

    `events` are all that can still be read up to `end`, in order. What comes before the first that waits needs no
    further mention, and what can no longer be read none at all.
    """
    known = taken | (set(place.taken) if place is not None and place.incarnation == end.incarnation else set())
    reached = place.sequence if place is not None and place.incarnation == end.incarnation else 0
    waiting = [each for each in events if each.sequence > reached and each.id not in known]
    until = max(reached, waiting[0].sequence - 1 if waiting else end.sequence)
    return Place(end.incarnation, until, _beyond(events, until, known))


def _beyond(events: Sequence[RpcEvent], sequence: int, known: Collection[str]) -> tuple[str, ...]:
    return tuple(each.id for each in events if each.sequence > sequence and each.id in known)
