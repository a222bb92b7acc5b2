"""What waits for a game server: one queue for polls and WebSockets, on whichever gateway."""

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec
import structlog

from banstream_contracts.streams import RPC_CURSORS_BUCKET
from banstream_edge.bus import Bus
from banstream_edge.errors import Unavailable
from banstream_gateway.feed.bell import Bell
from banstream_gateway.feed.ring import Cursor
from banstream_gateway.game_servers.rpc_events import RpcEvents
from banstream_gateway.game_servers.rpc_place import Place, RpcEvent, advanced, merged, untaken
from banstream_gateway.game_servers.shared_bucket import Codec, SharedBucket

_NOWHERE = Cursor("", 0)

logger = structlog.stdlib.get_logger(__name__)

_CODEC = Codec(read=msgspec.json.Decoder(Place).decode, write=msgspec.json.Encoder().encode, merged=merged)


class RpcQueue:
    """Events are read out of the ring; kept is only which of them each server has taken.

    Where nothing waited once, nothing is looked for again: what was told to nobody would else be read each time.
    While NATS is away this process remembers what was taken, and writes it down with what is taken next.
    """

    def __init__(self, bus: Bus, events: RpcEvents) -> None:
        self.bucket = SharedBucket(bus, RPC_CURSORS_BUCKET, _CODEC)
        self._events = events
        self._empty: dict[str, Cursor] = {}
        self._unwritten: defaultdict[str, set[str]] = defaultdict(set)
        self._bell = Bell()
        self.bucket.on_news(self._bell.ring)

    def waiting(self, server_id: str) -> list[RpcEvent]:
        """The oldest of what was not taken yet, as far as is known here, in order. Raises Unavailable."""
        return self._look(self.bucket.get(server_id), server_id)[0]

    def has_taken(self, server_id: str, event: RpcEvent) -> bool:
        """Whether a server has this event, as far as is known here."""
        place = self.bucket.get(server_id)
        is_marked = place is not None and place.has(self._events.incarnation, event.sequence, event.id)
        return is_marked or event.id in self._unwritten[server_id]

    async def wait(self, server_id: str, seconds: float) -> None:
        """Wait until a server has taken more, at most so long."""
        await self._bell.wait(server_id, seconds)

    async def take(self, server_id: str, most: int) -> list[RpcEvent]:
        """The oldest events, which nobody else gets from now on. Raises Unavailable.

        While nobody can be told that they were taken, they may come again elsewhere: better twice than never.
        """
        chosen: list[RpcEvent] = []

        def choose(waiting: list[RpcEvent]) -> set[str]:
            chosen[:] = waiting[:most]
            return {each.id for each in chosen}

        if self.waiting(server_id):
            await self._mark(server_id, choose)
        return chosen

    async def acknowledge(self, server_id: str, event_ids: AbstractSet[str]) -> None:
        """These have arrived. Raises Unavailable."""
        await self._mark(server_id, lambda _waiting: event_ids)

    async def _mark(self, server_id: str, choose: Callable[[list[RpcEvent]], AbstractSet[str]]) -> None:
        marked: set[str] = set()

        def decide(place: Place | None) -> Place | None:
            waiting, events, end = self._look(place, server_id)
            marked.clear()
            marked.update(self._unwritten[server_id], choose(waiting))
            wanted = advanced(place, events, end, marked)
            return wanted if marked and wanted != place else None

        try:
            await self.bucket.change(server_id, decide)
            self._unwritten[server_id] -= marked
        except Unavailable as away:
            logger.warning("rpc_place_not_stored", server_id=server_id, reason=str(away))
            decide(self.bucket.get(server_id))
            self._unwritten[server_id] |= marked
        self._bell.ring(server_id)

    def _look(self, place: Place | None, server_id: str) -> tuple[list[RpcEvent], list[RpcEvent], Cursor]:
        """The oldest that waits, everything around it, and the end of that."""
        empty = self._empty.get(server_id, _NOWHERE)
        cursor = Cursor(place.incarnation, place.sequence) if place else _NOWHERE
        if empty.incarnation == cursor.incarnation or place is None:
            cursor = max(cursor, empty, key=lambda each: each.sequence)
        unwritten = self._unwritten[server_id]
        while True:
            events, end = self._events.after(cursor, server_id)
            waiting = [each for each in untaken(place, events, end.incarnation) if each.id not in unwritten]
            if waiting or end == cursor:
                return waiting, events, end
            self._empty[server_id] = cursor = end
