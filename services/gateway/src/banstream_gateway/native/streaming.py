"""The feed as it happens: Server-Sent Events and WebSocket, two ways to write the same pages."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from banstream_gateway.endpoints import Call
from banstream_gateway.feed.push_feed import Lost, PushFeed, Reader
from banstream_gateway.feed.ring import Cursor, Page
from banstream_gateway.problems import CursorExpired
from banstream_gateway.sending import heard, opened, reader_of, sent, socket_of

LAST_EVENT_ID = "Last-Event-ID"

_RETRY = b"retry: 2000\n"


async def server_sent_events(call: Call) -> web.StreamResponse:
    """An endless answer of events."""
    feed, reader = call.gateway.push, reader_of(call)
    if last := call.request.headers.get(LAST_EVENT_ID):
        start = await _start(feed, last, reader, f"header.{LAST_EVENT_ID}")
    else:
        start = await _start(feed, call.query.cursor, reader)
    with feed.seats.seat("sse", reader.credential.id):
        response = await opened(call, "text/event-stream")
        if await sent(call, response.write(_RETRY + _heartbeat(start.cursor if isinstance(start, Lost) else start))):
            async with aclosing(_pages(feed, start, reader)) as pages:
                async for page in pages:
                    if not await sent(call, response.write(_as_event_stream(page, feed, reader))):
                        break
    return response


async def web_socket(call: Call) -> web.StreamResponse:
    """A socket that only speaks: what comes in is ignored."""
    feed, reader = call.gateway.push, reader_of(call)
    socket = socket_of(call)
    start = await _start(feed, call.query.cursor, reader)
    with feed.seats.seat("ws", reader.credential.id):
        await socket.prepare(call.request)
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(_speak(call, socket, start, reader))
            async for _ in heard(call, socket):
                pass
            speaking.cancel()
    return socket


async def _speak(call: Call, socket: web.WebSocketResponse, start: Cursor | Lost, reader: Reader) -> None:
    """Send frames until nobody listens, the credential ends or the process does."""
    feed = call.gateway.push
    told = start.cursor if isinstance(start, Lost) else start
    if not await sent(call, socket.send_frame(_moved(told), WSMsgType.TEXT)):
        return
    async with aclosing(_pages(feed, start, reader)) as pages:
        async for page in pages:
            for frame in _as_frames(page, told, feed, reader):
                if not await sent(call, socket.send_frame(frame, WSMsgType.TEXT)):
                    return
            told = page.cursor
    await socket.close(code=WSCloseCode.GOING_AWAY if feed.is_closing else WSCloseCode.POLICY_VIOLATION)


async def _start(feed: PushFeed, text: str | None, reader: Reader, field: str = "query.cursor") -> Cursor | Lost:
    """Where a client's connection starts: an expired cursor is no reason to refuse it."""
    try:
        return await feed.find(text, reader, field)
    except CursorExpired:
        return Lost(feed.now())


async def _pages(feed: PushFeed, start: Cursor | Lost, reader: Reader) -> AsyncGenerator[Page | Lost, None]:
    if isinstance(start, Lost):
        yield start
        start = start.cursor
    async with aclosing(feed.pages(start, reader)) as pages:
        async for page in pages:
            yield page


def _as_event_stream(page: Page | Lost, feed: PushFeed, reader: Reader) -> bytes:
    if isinstance(page, Lost):
        return _event(page.cursor, "expired", _expired(page.cursor, reader))
    if not page.entries:
        return _heartbeat(page.cursor)
    incarnation, write = page.cursor.incarnation, feed.views.write
    return b"".join(
        _event(Cursor(incarnation, entry.sequence), entry.push.type, write(entry, incarnation, reader.server_id))
        for entry in page.entries
    )


def _heartbeat(cursor: Cursor) -> bytes:
    """A comment; an id without data moves the client's place and shows it nothing."""
    return b": \nid: %s\n\n" % str(cursor).encode()


def _event(cursor: Cursor, event: str, content: bytes) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(cursor).encode(), event.encode(), content)


def _as_frames(page: Page | Lost, told: Cursor, feed: PushFeed, reader: Reader) -> Iterator[bytes]:
    if isinstance(page, Lost):
        yield _expired(page.cursor, reader)
    elif page.entries:
        for entry in page.entries:
            yield feed.views.write(entry, page.cursor.incarnation, reader.server_id)
    elif page.cursor != told:
        yield _moved(page.cursor)


def _moved(cursor: Cursor) -> bytes:
    return orjson.dumps({"id": str(cursor), "type": "cursor"})


def _expired(cursor: Cursor, reader: Reader) -> bytes:
    return orjson.dumps({"id": str(cursor), "type": "expired", "cursor": str(cursor), "snapshot": reader.snapshot})
