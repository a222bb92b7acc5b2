"""Answers that are sent piece by piece, to clients that may stop reading."""

from asyncio import timeout
from collections.abc import Awaitable, Mapping

import structlog
from aiohttp import web

from banstream_gateway.endpoints import Call
from banstream_gateway.push_feed import SNAPSHOT, Reader

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
