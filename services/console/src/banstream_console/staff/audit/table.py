"""`/console/audit.csv`: everything that matches, as a table for spreadsheets, page by page."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web
from pydantic import ValidationError

from banstream_console.presentation.csv_cells import BYTE_ORDER_MARK, csv_line
from banstream_console.presentation.texts import Texts, texts
from banstream_console.problems.exceptions import Away, Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.audit.merging import Line
from banstream_console.staff.audit.page import player_of
from banstream_console.staff.audit.reading import Read, Wanted, audit_filters, read, wanted_by
from banstream_console.staff.events_in_words import in_words
from banstream_console.web.site import Site, language_for, site_of

PATH = "/console/audit.csv"

_PAGE = 500
_COLUMNS = (
    "recorded_at",
    "occurred_at",
    "service",
    "position",
    "type",
    "what",
    "actor_kind",
    "actor_id",
    "actor_name",
    "player",
    "event",
)


async def download(request: web.Request) -> web.StreamResponse:
    """A table that breaks off is broken off, never cut short: every service answers, or there is none."""
    site = site_of(request)
    try:
        wanted = wanted_by(request, audit_filters(request), _PAGE)
    except ValidationError as error:
        raise Unfit(wrongs_of(error)) from None
    first = await _whole(site, wanted)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8; header=present",
            "Content-Disposition": 'attachment; filename="audit.csv"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    said = texts(language_for(request))
    try:
        await response.write((BYTE_ORDER_MARK + csv_line(_COLUMNS)).encode())
        async for page in _pages(site, wanted, first):
            await response.write("".join(csv_line(cells_of(said, line)) for line in page.lines).encode())
        await response.write_eof()
    except Exception:
        if request.transport:
            request.transport.abort()
        raise
    return response


def cells_of(said: Texts, line: Line) -> tuple[object, ...]:
    """One event, in the order of the columns."""
    entry, player = line.entry, player_of(line.entry)
    return (
        entry.recorded_at,
        entry.occurred_at,
        line.service,
        entry.position,
        entry.type,
        in_words(said, entry.type, entry.event),
        entry.actor.kind,
        entry.actor.id,
        entry.actor.name,
        ":".join(player) if player else None,
        json.dumps(entry.event, ensure_ascii=False, sort_keys=True),
    )


async def _pages(site: Site, wanted: Wanted, first: Read) -> AsyncIterator[Read]:
    page = first
    while True:
        yield page
        if page.next is None:
            return
        page = await _whole(site, replace(wanted, places=page.next))


async def _whole(site: Site, wanted: Wanted) -> Read:
    """Raises Away where a log does not answer: a table without it would say that nothing happened there."""
    page = await read(site, wanted)
    if page.away:
        raise Away(Wrong("away-some", services=", ".join(page.away)))
    return page
