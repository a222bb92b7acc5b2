"""What staff pages know without asking: the newest events, and which game servers are online."""

from dataclasses import dataclass

from aiohttp import web

from banstream_console.live.feed import Feed
from banstream_console.live.presences import Presences
from banstream_edge.bucket_watch import BucketWatch


@dataclass(frozen=True, slots=True)
class Live:
    """Built once, by `app`."""

    feed: Feed
    presences: Presences
    presence_watch: BucketWatch


LIVE: web.AppKey[Live] = web.AppKey("live", Live)


def live_of(request: web.Request) -> Live:
    """The one of the application."""
    return request.app[LIVE]
