"""RPC events: what the ring tells, as one game server is to hear it (facts gflbans 2.7)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player
from banstream_edge.check import Asking, in_force, strongest
from banstream_gateway.feed import pushes
from banstream_gateway.feed.push_feed import PushFeed
from banstream_gateway.feed.ring import Cursor, Entry, Page
from banstream_gateway.game_servers.known_addresses import KnownAddresses
from banstream_gateway.game_servers.rpc_place import RpcEvent
from banstream_gateway.held.standings import Restriction

Blocks = Callable[[Mapping[str, Restriction], datetime], Mapping[str, dict[str, Any]]]
"""How restrictions are shown at a time, by punishment."""

_PUNISHMENTS = tuple(punishment.value for punishment in Punishment if punishment is not Punishment.ITEM_BLOCK)
_AT_ONCE = 500
"""What is read of the ring in one go: join checks wait no longer than that takes, however much waits for a server."""

_EXPIRED = "expired"
"""GFLBans says nothing when time alone ends an infraction: servers know the end."""


class RpcEvents:
    """Writes what the ring holds as events of `player_updated` and `player_kick`, with the receiver's own view."""

    def __init__(self, push: PushFeed, blocks: Blocks, addresses: KnownAddresses, retention_seconds: float) -> None:
        self._push = push
        self._blocks = blocks
        self._addresses = addresses
        self._retention_seconds = retention_seconds

    @property
    def incarnation(self) -> str:
        """Of the stream that the events are of."""
        return self._push.ring.incarnation

    def after(self, cursor: Cursor, server_id: str) -> tuple[list[RpcEvent], Cursor]:
        """The oldest events behind a cursor that can still be read, in order, and the cursor behind them.

        It is the same cursor where there is nothing. One that nothing can be read behind any more is as good as none.
        Raises Unavailable.
        """
        incarnation, ring = self._push.now().incarnation, self._push.ring
        is_readable = cursor.incarnation == incarnation and cursor.sequence >= ring.oldest.sequence
        page: Page = ring.after(cursor if is_readable else ring.oldest, server_id, limit=_AT_ONCE)
        oldest = datetime.now(UTC).timestamp() - self._retention_seconds
        found = [
            event
            for entry in page.entries
            if entry.stored_at >= oldest
            for event in self._told(entry, incarnation, server_id)
        ]
        return found, page.cursor

    def kick_after(self, cursor: Cursor, server_id: str, player: Player) -> RpcEvent | None:
        """The first kick of a player behind a cursor. Raises Unavailable."""
        shown = _shown({"service": player.service, "id": player.id})
        while True:
            events, end = self.after(cursor, server_id)
            found = (each for each in events if each.fields.get("target_player") == shown)
            if (event := next(found, None)) is not None or end == cursor:
                return event
            cursor = end

    def written(self, event: RpcEvent, server_id: str) -> bytes:
        """The event as a server gets it now."""
        views = {} if event.key is None else self._views(event.key, server_id)
        return orjson.dumps({**event.fields, **views})

    def _told(self, entry: Entry, incarnation: str, server_id: str) -> Iterator[RpcEvent]:
        push = entry.push
        if push.type not in {pushes.RESTRICTIONS, pushes.KICK}:
            return
        told: dict[str, Any] = orjson.loads(push.fields)
        if push.type == pushes.KICK:
            yield _event(entry, incarnation, "player_kick", {"target_player": _shown(told["player"])})
        elif told["change"] != _EXPIRED:
            if push.key is not None:
                target = {"target_type": "player", "target": _shown(told["player"])}
                yield _event(entry, incarnation, "player_updated", target, push.key)
            ip = self._addresses.find(server_id, push.address) if push.address is not None else None
            if ip is not None and self._binds_alike(push.address):
                target = {"target_type": "ip", "target": ip}
                yield _event(entry, incarnation, "player_updated", target, push.address)

    def _binds_alike(self, address: str | None) -> bool:
        """Whether everybody from an address is bound alike.

        Else an event of it would put off whoever is exempt, or free who is not, as it would free the player whose
        infraction goes on after its address has ended. Beats and checks tell them apart.
        """
        held = [*self._push.restrictions.lookup(address)] if address is not None else []
        return len([*in_force(held, datetime.now(UTC))]) == len(held) and not any(each.exempt for each in held)

    def _views(self, key: str, server_id: str) -> dict[str, Any]:
        """What the server sees when it keeps to its own and community infractions, and when it takes all."""
        held = [*self._push.restrictions.lookup(key)]
        return {
            "local": self._view(held, Asking(server_id, include_other_servers=False)),
            "glob": self._view(held, Asking(server_id)),
        }

    def _view(self, held: list[Restriction], asking: Asking) -> dict[str, Any]:
        now = datetime.now(UTC)
        found = self._blocks(strongest(held, asking, now), now)
        return {name: {"expiration": None, **found[name]} if name in found else None for name in _PUNISHMENTS}


def event_id(incarnation: str, sequence: int, event: str, target_type: object = None) -> str:
    """The same in every gateway, whenever it is asked for."""
    return sha256(f"{incarnation}\n{sequence}\n{event}\n{target_type}".encode()).hexdigest()[:24]


def _event(entry: Entry, incarnation: str, name: str, fields: Mapping[str, Any], key: str | None = None) -> RpcEvent:
    identity = event_id(incarnation, entry.sequence, name, fields.get("target_type"))
    time = datetime.fromtimestamp(entry.push.occurred_at, UTC).replace(tzinfo=None)
    told = {"event_id": identity, "time": time.isoformat(timespec="microseconds"), "event": name, **fields}
    return RpcEvent(identity, entry.sequence, told, key)


def _shown(player: Mapping[str, str]) -> dict[str, str]:
    return {"gs_service": player["service"], "gs_id": player["id"]}
