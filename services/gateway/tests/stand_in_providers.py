"""Stand-ins for iphub.info (API v2) and proxycheck.io (API v2), as their API pages describe them, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from banstream_testing.loopback import on_loopback

KEY = "the-key-of-the-provider"

Misbehaviour = Callable[[web.Request], Any]


@dataclass
class Provider:
    """Both services on one port. `asked` are the addresses in order; `misbehaves` answers in place of the service."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    blocks: dict[str, int] = field(default_factory=dict)
    """Of iphub: 0 where nothing is said."""
    types: dict[str, str] = field(default_factory=dict)
    """Of proxycheck: VPN, TOR, Hosting, ...; Residential where nothing is said."""
    misbehaves: Misbehaviour | None = None
    quota: int = 1000
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def hang(self, _request: web.Request) -> web.Response:
        """Say nothing until the test is over."""
        await self.released.wait()
        return web.Response(status=500)

    async def iphub(self, request: web.Request) -> web.StreamResponse:
        """`X-Key`; 403 for a wrong one, 429 over the limit."""
        address = self._note(request)
        if self.misbehaves:
            return await _answer(self.misbehaves, request)
        if request.headers.get("X-Key") != KEY:
            return web.json_response({"error": "invalid key"}, status=403)
        if len(self.asked) > self.quota:
            return web.json_response({"error": "rate limited"}, status=429)
        named = {"ip": address, "countryCode": "US", "countryName": "United States", "asn": 64496, "isp": "EXAMPLE"}
        return web.json_response({**named, "block": self.blocks.get(address, 0)})

    async def proxycheck(self, request: web.Request) -> web.StreamResponse:
        """`key`, `vpn=1` and `asn=1` in the query; `status: denied` for a wrong key and over the limit."""
        address = self._note(request)
        if self.misbehaves:
            return await _answer(self.misbehaves, request)
        if request.query.get("key") != KEY:
            return web.json_response({"status": "denied", "message": "Your access is blocked."}, status=403)
        if len(self.asked) > self.quota:
            return web.json_response({"status": "denied", "message": "1,000 Free queries exhausted."}, status=200)
        kind = self.types.get(address, "Residential")
        found = {
            **({"asn": "AS64496", "provider": "Example", "isocode": "NL"} if request.query.get("asn") == "1" else {}),
            "proxy": "yes" if kind in {"VPN", "TOR", "SOCKS5"} and request.query.get("vpn") == "1" else "no",
            "type": kind,
        }
        return web.json_response({"status": "ok", address: found})

    def _note(self, request: web.Request) -> str:
        address = ip_address(request.match_info["address"]).compressed
        self.asked.append(address)
        return address


async def _answer(misbehaves: Misbehaviour, request: web.Request) -> web.StreamResponse:
    answer = misbehaves(request)
    response: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
    return response


@asynccontextmanager
async def providing() -> AsyncIterator[Provider]:
    """Both services, until the end of the block."""
    provider = Provider()
    app = web.Application()
    app.router.add_get("/ip/{address}", provider.iphub)
    app.router.add_get("/v2/{address}", provider.proxycheck)
    async with on_loopback(app) as provider.url:
        try:
            yield provider
        finally:
            provider.released.set()
