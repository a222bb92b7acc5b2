"""Who has the overview open is told that something happened, and reads it anew: Server-Sent Events."""

from functools import partial

from aiohttp import web

from banstream_console.live.state import live_of
from banstream_console.staff.guard import is_signed_in
from banstream_console.web.server_sent_events import tell


async def live(request: web.Request) -> web.StreamResponse:
    """`event: version` now and with every change, as long as who asks is signed in."""
    return await tell(request, live_of(request).feed.pulse, partial(is_signed_in, request))
