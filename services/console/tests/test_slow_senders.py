"""Whoever sends a request without end is cut off; whoever waits for the next one, or for news, is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from banstream_console import middleware
from banstream_console.__main__ import serving
from banstream_console.app import create_app
from banstream_console.settings import Settings

SECONDS, PATIENCE_SECONDS = 0.2, 20
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Answer = TypeVar("Answer")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of a page that is there at once, and of one that takes longer than a head may."""
    app = web.Application()
    app.router.add_get("/", _page)
    app.router.add_get("/late", _late_page)
    async with serving(app, "127.0.0.1", 0, SECONDS) as port:
        yield port


@pytest.mark.parametrize("begun", [b"", GET[:9], GET[:-2]], ids=["nothing", "half a line", "half a head"])
async def test_a_head_that_does_not_come_whole_closes_the_connection(port: int, begun: bytes) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(begun)
        assert await _within(reader.read()) == b""


async def test_the_head_of_a_second_request_has_the_same_time(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(GET)
        assert (await _within(reader.readuntil(b"page"))).startswith(b"HTTP/1.1 200")
        writer.write(GET[:9])
        assert await _within(reader.read()) == b""


async def test_an_answer_may_take_longer_and_the_connection_is_kept(port: int) -> None:
    async with _connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(GET.replace(b" / ", b" /late "))
            assert (await _within(reader.readuntil(b"page"))).startswith(b"HTTP/1.1 200")


async def test_a_form_that_does_not_come_whole_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "FORM_SECONDS", SECONDS)
    connection = BaseProtocol(asyncio.get_running_loop())
    connection.connection_made(asyncio.Transport())
    endless = StreamReader(connection, 1024)
    endless.feed_data(b"username=")
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "100"}
    request = make_mocked_request("POST", "/login", sent, app=create_app(Settings()), payload=endless)
    answer = await _within(middleware.answering(request, _page))
    assert answer.status == 408


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def _within(waited: Awaitable[Answer]) -> Answer:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await waited


async def _page(_: web.Request) -> web.Response:
    return web.Response(text="page")


async def _late_page(request: web.Request) -> web.Response:
    await asyncio.sleep(SECONDS * 2)
    return await _page(request)
