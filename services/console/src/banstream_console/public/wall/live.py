"""Who follows the wall is told that it has changed."""

from aiohttp import web

from banstream_console.public.wall.state import wall_of
from banstream_console.web.server_sent_events import tell


async def live(request: web.Request) -> web.StreamResponse:
    """Every change of the wall."""
    return await tell(request, wall_of(request).pulse, lambda: True)
