"""The headers that say how new an answer from memory is."""

from banstream_gateway.answers import POSITION
from banstream_gateway.endpoints import Gateway

STALE = "Banstream-Stale-Seconds"


def freshness(gateway: Gateway, reached: int) -> dict[str, str]:
    """The headers that say how far an answer goes."""
    return {POSITION: str(reached), **_stale(gateway.watches.restrictions.stale_seconds())}


def staleness(gateway: Gateway, *buckets: str) -> dict[str, str]:
    """The header that says how long what is held of buckets has been without news; none while it has them."""
    watches = (*gateway.watches, *gateway.game_servers.watches, *gateway.ban_lists.watches)
    return _stale(max(watch.stale_seconds() for watch in watches if watch.bucket in buckets))


def _stale(seconds: float) -> dict[str, str]:
    return {STALE: str(int(seconds))} if seconds else {}
