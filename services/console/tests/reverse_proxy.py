"""Proxies such as stand before a console: each says in `X-Forwarded-For` who called it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web

Writes = Callable[[str | None, str, int], str]
"""The header that a proxy passes on, of the one that came and the address and port that called."""


def appends(came: str | None, address: str, _port: int) -> str:
    """As nginx' `$proxy_add_x_forwarded_for`, HAProxy, Envoy and Caddy do it."""
    return f"{came}, {address}" if came else address


def appends_with_port(came: str | None, address: str, port: int) -> str:
    """As Azure's Application Gateway does it."""
    return appends(came, f"{address}:{port}", port)


def replaces(_came: str | None, address: str, _port: int) -> str:
    """As ingress-nginx does it by default."""
    return address


@asynccontextmanager
async def proxied(url: str, hops: Sequence[Writes]) -> AsyncIterator[str]:
    """The address of the first of some proxies, one behind the other, of which the last one calls `url`.

    Each calls by a new connection for each request.
    """
    async with AsyncExitStack() as stack:
        for writes in reversed(hops):
            url = await stack.enter_async_context(_proxy(url, writes))
        yield url


@asynccontextmanager
async def _proxy(target: str, writes: Writes) -> AsyncIterator[str]:
    async def carry(request: web.Request) -> web.Response:
        address, port = request.transport.get_extra_info("peername")[:2] if request.transport else ("", 0)
        came = ", ".join(request.headers.getall("X-Forwarded-For", [])) or None
        headers = {"Content-Type": request.content_type, "X-Forwarded-For": writes(came, address, port)}
        async with http.request(
            request.method, target + request.path_qs, data=await request.read(), headers=headers, allow_redirects=False
        ) as answer:
            return web.Response(status=answer.status, body=await answer.read())

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", carry)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
