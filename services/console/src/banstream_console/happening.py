"""What staff pages know of what is going on, beside what they ask: the feed, servers, and how the bus is."""

from dataclasses import dataclass

from aiohttp import web

from banstream_console.feed import Feed
from banstream_console.presences_held import Presences
from banstream_edge.bucket_watch import BucketWatch


@dataclass(frozen=True, slots=True)
class Now:
    """Built once, by `app`."""

    feed: Feed
    presences: Presences
    presence_watch: BucketWatch


NOW: web.AppKey[Now] = web.AppKey("now", Now)


def now_of(request: web.Request) -> Now:
    """The one of the application."""
    return request.app[NOW]
