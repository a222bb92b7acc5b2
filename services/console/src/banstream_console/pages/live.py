"""Who follows the wall is told that it has changed."""

from aiohttp import web

from banstream_console.site import site_of
from banstream_console.telling import tell


async def live(request: web.Request) -> web.StreamResponse:
    """Every change of the wall."""
    return await tell(request, site_of(request).pulse, lambda: True)
