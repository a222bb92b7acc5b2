"""Answers that are sent piece by piece, to clients that may stop reading."""

from asyncio import timeout
from collections.abc import AsyncIterator, Awaitable, Mapping

import structlog
from aiohttp import WSMessage, WSMsgType, web

from banstream_gateway.endpoints import Call
from banstream_gateway.feed.push_feed import SNAPSHOT, Reader
from banstream_gateway.problems import Malformed

_LARGEST_FRAME = 4096
_CLOSE_SECONDS = 1.0

logger = structlog.stdlib.get_logger(__name__)


def reader_of(call: Call) -> Reader:
    """Who reads the feed, and as which server. Raises Forbidden."""
    server_id = call.as_server(call.query.server_id)
    return Reader(call.credential, server_id, lambda: call.request.transport is None, call.own(SNAPSHOT))


async def opened(call: Call, content_type: str, headers: Mapping[str, str] | None = None) -> web.StreamResponse:
    """The head of such an answer, sent."""
    usual = {"Content-Type": content_type, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers={**(headers or {}), **usual})
    await response.prepare(call.request)
    return response


def socket_of(call: Call) -> web.WebSocketResponse:
    """A socket for a request, not open yet. Raises Malformed where none is asked for."""
    socket = web.WebSocketResponse(
        heartbeat=call.gateway.push.limits.heartbeat_seconds,
        max_msg_size=_LARGEST_FRAME,
        timeout=_CLOSE_SECONDS,
        compress=False,
        autoping=False,
    )
    if not socket.can_prepare(call.request):
        raise Malformed("This path speaks WebSocket only.", headers={"Upgrade": "websocket"})
    return socket


async def heard(call: Call, socket: web.WebSocketResponse) -> AsyncIterator[WSMessage]:
    """What a client says, until it goes; its pings are answered.

    They are answered here: aiohttp would wait without end for a client that takes no answer.
    """
    async for message in socket:
        if message.type is not WSMsgType.PING:
            yield message
        elif not await sent(call, socket.pong(message.data)):
            return


async def sent(call: Call, piece: Awaitable[None]) -> bool:
    """Send a piece; whether there is still somebody to send to. Who does not read in time is cut off."""
    try:
        async with timeout(call.gateway.push.limits.send_seconds):
            await piece
    except TimeoutError:
        logger.info("slow_client_dropped", route=call.endpoint.path, credential_id=call.credential.id)
        if call.request.transport is not None:
            call.request.transport.abort()
        return False
    except ConnectionError:
        return False
    return True
