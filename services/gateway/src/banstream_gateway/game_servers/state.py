"""What a gateway keeps of the game servers that speak GFLBans."""

from collections.abc import Callable
from datetime import UTC, datetime

from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.bus import Bus
from banstream_gateway.bodies import Bodies
from banstream_gateway.feed.push_feed import PushFeed
from banstream_gateway.game_servers.call_targets import CallTargets
from banstream_gateway.game_servers.known_addresses import KnownAddresses
from banstream_gateway.game_servers.presence import Presences
from banstream_gateway.game_servers.rpc_events import Blocks, RpcEvents
from banstream_gateway.game_servers.rpc_queue import RpcQueue
from banstream_gateway.game_servers.undecided import Undecided
from banstream_gateway.queries import Queries

MOST_CALL_BYTES = 8 * 1024 * 1024
"""A call for an admin may carry an image of 5 MiB in base64."""


def _now() -> datetime:
    return datetime.now(UTC)


class GameServers:
    """Built once. `now` is the clock that beats are measured by."""

    def __init__(
        self,
        bus: Bus,
        queries: Queries,
        push: PushFeed,
        blocks: Blocks,
        undecided: Undecided,
        *,
        retention_seconds: float,
        resend_seconds: float,
        kick_seconds: float,
        body_seconds: float,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.now = now
        self.addresses = KnownAddresses()
        self.undecided = undecided
        self.presences = Presences(bus)
        self.rpc_events = RpcEvents(push, blocks, self.addresses, retention_seconds)
        self.rpc = RpcQueue(bus, self.rpc_events)
        self.call_bodies = Bodies(MOST_CALL_BYTES, body_seconds)
        self.call_targets = CallTargets(queries)
        self.resend_seconds = resend_seconds
        self.kick_seconds = kick_seconds
        self.watches = tuple(BucketWatch(each.name, each) for each in (self.presences.bucket, self.rpc.bucket))
        """These need not be loaded for the gateway to be ready: what they lack is asked of the bucket itself."""
