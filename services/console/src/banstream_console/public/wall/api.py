"""The wall for programs: JSON and CSV."""

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from aiohttp import web

from banstream_console.presentation.csv_cells import BYTE_ORDER_MARK
from banstream_console.public.wall import bans_csv
from banstream_console.public.wall.filters import question_of, statistics_of
from banstream_console.public.wall.shown_bans import shown
from banstream_console.public.wall.state import wall_of
from banstream_console.web.site import site_of
from banstream_contracts.queries.wall import WallBan

_STALE = "Banstream-Stale-Seconds"
_ROWS_A_CHUNK = 200


async def bans(request: web.Request) -> web.StreamResponse:
    """`{"items", "next", "total", "total_is_exact"}`; 304 for who has it already."""
    wall = wall_of(request)
    told = await wall.answers.page(question_of(request.query, limit=50).wall)
    page = told.answer
    document = {
        "items": [shown(ban, wall.shows).document() for ban in page.items],
        "next": page.next,
        "total": page.total,
        "total_is_exact": page.is_total_exact,
    }
    return _json(request, document, told.stale_seconds)


async def statistics(request: web.Request) -> web.StreamResponse:
    """Counts of the bans in force by category, severity and day."""
    question = statistics_of(request.query, site_of(request).zone.key)
    told = await wall_of(request).answers.statistics(question)
    counts = told.answer
    document = {
        "total": counts.total,
        "by_type": [each.model_dump(mode="json") for each in counts.by_type],
        "by_day": [each.model_dump(mode="json") for each in counts.by_day],
        "time_zone": question.time_zone,
    }
    return _json(request, document, told.stale_seconds)


async def table(request: web.Request) -> web.StreamResponse:
    """Every ban that matches as CSV, a page at a time. One that cannot be ended is broken off, never cut short."""
    wall = wall_of(request)
    rows = wall.answers.every_ban(question_of(request.query, limit=50).wall)
    first = await anext(rows, None)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8; header=present",
            "Content-Disposition": 'attachment; filename="bans.csv"',
            "Cache-Control": "no-cache",
        }
    )
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    ids = wall.shows.ids
    chunk = [BYTE_ORDER_MARK, bans_csv.header(ids=ids)]
    try:
        async for ban in _and_then(first, rows):
            chunk.append(bans_csv.row(shown(ban, wall.shows), ids=ids))
            if len(chunk) > _ROWS_A_CHUNK:
                await response.write("".join(chunk).encode())
                chunk.clear()
        await response.write_eof("".join(chunk).encode())
    except Exception:
        if request.transport:
            request.transport.abort()
        raise
    return response


async def _and_then(first: WallBan | None, rows: AsyncIterator[WallBan]) -> AsyncIterator[WallBan]:
    if first is not None:
        yield first
    async for ban in rows:
        yield ban


def _json(request: web.Request, document: Any, stale_seconds: float) -> web.Response:  # noqa: ANN401 - any JSON value
    body = orjson.dumps(document, default=_plain, option=orjson.OPT_UTC_Z)
    etag = sha256(body).hexdigest()[:32]
    headers = {"Cache-Control": "no-cache", "ETag": f'"{etag}"', "Access-Control-Allow-Origin": "*"}
    if stale_seconds:
        headers[_STALE] = f"{stale_seconds:.0f}"
    known = request.if_none_match or ()
    if any(each.value in {etag, "*"} for each in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))
