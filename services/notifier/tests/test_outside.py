"""Requests to whatever others named: bounded in size, and by no way but our own."""

import socket
from typing import Any

import pytest
from aiohttp import web

from banstream_notifier.outside import Resolver, open_session, request
from banstream_testing.loopback import on_loopback
from banstream_testing.servers import free_port

MOST_BYTES = 262_144


def serving(answer: Any) -> web.Application:
    app = web.Application()
    app.router.add_post("/", answer)
    return app


async def test_of_an_answer_that_never_ends_only_the_start_is_read() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65_536)

    async with on_loopback(serving(answer)) as url, open_session(5.0, Resolver(only_public=False)) as session:
        assert len((await request(session, "POST", f"{url}/")).body) == MOST_BYTES


async def test_no_proxy_is_used_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="received")

    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with on_loopback(serving(answer)) as url, open_session(5.0, Resolver(only_public=False)) as session:
        assert (await request(session, "POST", f"{url}/")).body == b"received"


async def test_cookies_of_one_answer_do_not_come_with_the_next_request() -> None:
    async def answer(request: web.Request) -> web.Response:
        response = web.Response(text=request.headers.get("Cookie", "none"))
        response.set_cookie("seen", "before")
        return response

    def look_up(_host: str, port: int, *_how: object, **_flags: object) -> Any:
        return socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)

    resolver = Resolver(only_public=False, look_up=look_up)
    async with on_loopback(serving(answer)) as url, open_session(5.0, resolver) as session:
        named = url.replace("127.0.0.1", "receiver.test")
        bodies = [(await request(session, "POST", f"{named}/")).body for _ in range(2)]
    assert bodies == [b"none", b"none"]
