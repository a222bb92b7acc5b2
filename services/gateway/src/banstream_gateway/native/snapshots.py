"""The state for a server that has lost its place in the feed."""

import asyncio
from itertools import islice

import orjson
from aiohttp import web

from banstream_contracts.streams import RESTRICTIONS_BUCKET
from banstream_gateway.endpoints import Call
from banstream_gateway.freshness import staleness
from banstream_gateway.sending import opened, reader_of, sent

_AT_ONCE = 200
"""Keys between two turns of the event loop: join checks wait no longer than these take."""

_MOST_SNAPSHOTS = 8
"""At a time: each holds a list of all keys, 8 MB for a million."""

_PIECE_BYTES = 32 * 1024


async def snapshot(call: Call) -> web.StreamResponse:
    """Who is restricted, a line each, between the cursor to go on from and a line that says that nothing is missing.

    The cursor is taken first: what changes while the lines are written comes again behind it.
    """
    feed, server_id = call.gateway.push, reader_of(call).server_id
    start = feed.now()
    players, piece = 0, [_line({"cursor": str(start)})]
    with feed.seats.seat("snapshot", call.credential.id, _MOST_SNAPSHOTS):
        response = await opened(call, "application/x-ndjson", staleness(call.gateway, RESTRICTIONS_BUCKET))
        keys = iter(feed.restrictions.keys())
        while some := [*islice(keys, _AT_ONCE)]:
            lines = feed.views.players(some, server_id)
            players += len(lines)
            piece += lines
            if sum(map(len, piece)) >= _PIECE_BYTES:
                if feed.is_closing or not await sent(call, response.write(b"".join(piece))):
                    return response
                piece = []
            await asyncio.sleep(0)
        piece.append(_line({"complete": True, "players": players}))
        await sent(call, response.write(b"".join(piece)))
    return response


def _line(content: dict[str, object]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
