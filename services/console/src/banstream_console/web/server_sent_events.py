"""Who follows a page is told that something has changed, and reads it anew: Server-Sent Events."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from banstream_console.live.pulse import Pulse

HEARTBEAT_SECONDS = 15.0
_SEND_SECONDS = 10.0
_RETRY = b"retry: 3000\n"


async def tell(request: web.Request, pulse: Pulse, may_follow: Callable[[], bool]) -> web.StreamResponse:
    """`event: version` now and with every change of a pulse; a comment now and then keeps the connection."""
    with pulse.seat():
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        version = pulse.version
        said = _RETRY + _event(version)
        while not pulse.is_closing and may_follow():
            try:
                async with asyncio.timeout(_SEND_SECONDS):
                    await response.write(said)
            except (ConnectionError, TimeoutError):
                break
            changed = await pulse.changed_since(version, HEARTBEAT_SECONDS)
            version = pulse.version
            said = _event(version) if changed else b": \n\n"
    return response


def _event(version: str) -> bytes:
    return b"event: version\ndata: %s\n\n" % version.encode()
