"""The last beat of every game server, shared by all gateways and measured by each new one."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog

from banstream_contracts.streams import PRESENCE_BUCKET
from banstream_edge.bus import Bus
from banstream_edge.errors import Unavailable
from banstream_gateway.game_servers.accounting import Beat, Identity, Presence, beat
from banstream_gateway.game_servers.shared_bucket import Codec, SharedBucket

logger = structlog.stdlib.get_logger(__name__)


def _merged(held: Presence, read: Presence) -> Presence:
    """The later one; the bucket keeps nothing old, so what is held far ahead of it was of a wrong clock."""
    return max(held, read, key=lambda presence: presence.beat_at) if held.is_online(read.beat_at) else read


_CODEC = Codec(read=msgspec.json.Decoder(Presence).decode, write=msgspec.json.Encoder().encode, merged=_merged)


@dataclass(frozen=True, slots=True)
class Taken:
    """A beat that was taken. `present_twice`: who was there in the beat before as well, stored or not.

    `is_stored`: whether the time of `beat` is this process's to count; else it is counted with a later one.
    """

    beat: Beat
    present_twice: frozenset[Identity]
    is_stored: bool


@dataclass(frozen=True, slots=True)
class _Unstored:
    """The last beat while NATS is away, and who was there in all beats since."""

    last: Presence
    steady: frozenset[Identity]


class Presences:
    """Beats in memory and in KV. The process whose beat is stored counts the time up to it, and no other does."""

    def __init__(self, bus: Bus) -> None:
        self.bucket = SharedBucket(bus, PRESENCE_BUCKET, _CODEC)
        self._unstored: dict[str, _Unstored] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def online(self, server_id: str, now: datetime) -> Presence | None:
        """The last beat of a server that is online."""
        unstored = self._unstored.get(server_id)
        last = unstored.last if unstored else self.bucket.get(server_id)
        return last if last is not None and last.is_online(now) else None

    def count(self, now: datetime) -> int:
        """How many servers are online."""
        return sum(self.online(server_id, now) is not None for server_id in self.bucket.known())

    async def take(self, current: Presence) -> Taken:
        """Measure a beat and keep it for the next one; while NATS is away in this process's memory alone."""
        async with self._turns[current.server_id]:
            last = self.online(current.server_id, current.beat_at)
            present_twice = last.who() & current.who() if last else frozenset()
            try:
                measured = await self._store(current)
            except Unavailable as away:
                logger.warning("beat_not_stored", server_id=current.server_id, reason=str(away))
                return Taken(self._keep(current), present_twice, is_stored=False)
            return Taken(measured, present_twice | measured.staying, is_stored=True)

    async def _store(self, current: Presence) -> Beat:
        """Raises Unavailable."""
        unstored = self._unstored.get(current.server_id)
        measured = Beat(None)

        def measure(stored: Presence | None) -> Presence | None:
            nonlocal measured
            is_between = unstored is not None and stored is not None and stored.beat_at < unstored.last.beat_at
            measured = beat(stored, current, unstored.steady if unstored and is_between else None)
            return measured.presence

        await self.bucket.change(current.server_id, measure)
        self._unstored.pop(current.server_id, None)
        return measured

    def _keep(self, current: Presence) -> Beat:
        """Nothing is counted, so the time is still to be counted from the last stored beat on."""
        unstored = self._unstored.get(current.server_id)
        measured = beat(self.bucket.get(current.server_id), current, unstored.steady if unstored else None)
        is_late = unstored is not None and current.beat_at <= unstored.last.beat_at
        if measured.presence is not None and not is_late:
            self._unstored[current.server_id] = _Unstored(current, measured.staying)
        return measured
