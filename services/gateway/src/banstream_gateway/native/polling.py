"""The feed by long polling, for games that can do nothing but ask."""

from aiohttp import web

from banstream_gateway.answers import JSON
from banstream_gateway.endpoints import Call
from banstream_gateway.feed.push_feed import PushFeed, Reader
from banstream_gateway.feed.ring import Cursor, Page
from banstream_gateway.requests import PollQuery
from banstream_gateway.sending import reader_of

_HEADERS = {"Content-Type": JSON, "Cache-Control": "no-store"}


async def poll(call: Call) -> web.Response:
    """What came after the cursor, as soon as there is something; without a cursor the one of now."""
    query: PollQuery = call.query
    feed, reader = call.gateway.push, reader_of(call)
    cursor = await feed.find(query.cursor, reader)
    page = await _page(feed, cursor, reader, query) if query.cursor is not None else Page((), cursor)
    events = [feed.views.write(entry, page.cursor.incarnation, reader.server_id) for entry in page.entries]
    body = b'{"events":[' + b",".join(events) + b'],"cursor":"' + str(page.cursor).encode() + b'"}'
    return web.Response(body=body, headers=_HEADERS)


async def _page(feed: PushFeed, cursor: Cursor, reader: Reader, query: PollQuery) -> Page:
    """Only who really waits takes a seat."""
    page = feed.page(cursor, reader, query.limit)
    if page.entries or not query.wait or feed.is_closing:
        return page
    with feed.seats.seat("poll", reader.credential.id):
        return await feed.next(cursor, reader, query.limit, query.wait)
