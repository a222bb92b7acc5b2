"""Readers of the feed, and what there is to read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest
from services.gateway.tests.conftest import ALL, Reply, Running, until

from banstream_contracts.infractions import Restriction

SERVER, OTHER = "a" * 24, "b" * 24
PLAYER = {"service": "roblox", "id": "1"}
INFRACTION = "c" * 24
ISSUED = {"player": PLAYER, "infraction_id": INFRACTION, "scope": "global"}


def message(text: str, **fields: Any) -> dict[str, Any]:
    return {"message_id": "d" * 24, "text": text, **fields}


def banned(**fields: Any) -> Restriction:
    values = {"punishments": ("ban",), "lifetime": "permanent", "reason": "x", "scope": "global", **fields}
    return Restriction(infraction_id=INFRACTION, **values)


async def poll(gateway: Running, cursor: str, *, wait: float = 60, secret: str = ALL, more: str = "") -> Reply:
    path = f"/v1/feed?cursor={cursor}&wait={min(wait, 25)}{more}"
    return await gateway.call("GET", path, secret=secret)


async def now(gateway: Running) -> str:
    async def cursor() -> Any:
        reply = await gateway.call("GET", "/v1/feed")
        assert reply.status == 200 or reply.headers["Retry-After"], reply.body
        return reply.status == 200 and reply.json["cursor"]

    return str(await until(cursor))


async def read(gateway: Running, cursor: str, count: int, *, secret: str = ALL, more: str = "") -> list[Any]:
    """Poll until so many events have come."""
    found: list[Any] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            reply = await poll(gateway, cursor, secret=secret, more=more)
            assert reply.status == 200, reply.body
            found += reply.json["events"]
            cursor = reply.json["cursor"]
    return found


def texts(events: list[Any]) -> list[str]:
    return [event["text"] for event in events]


async def is_waiting(gateway: Running, transport: str = "poll", count: int = 1) -> None:
    await until(lambda: gateway.gateway.push.seats.taken[transport] == count)


class Stream:
    """One of the two, read event by event."""

    async def event(self) -> dict[str, Any]:
        """The next event that is more than a new place."""
        raise NotImplementedError

    async def end(self) -> None:
        """Wait until the gateway ends it."""
        raise NotImplementedError


class Sse(Stream):
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.place = ""
        self.beats = 0

    async def block(self) -> list[str]:
        """The lines up to an empty one."""
        async with asyncio.timeout(60):
            block = await self.response.content.readuntil(b"\n\n")
        return block.decode().splitlines()[:-1]

    async def event(self) -> dict[str, Any]:
        while True:
            fields = dict(line.split(": ", 1) for line in await self.block())
            self.beats += "" in fields
            self.place = fields["id"]
            if "data" in fields:
                event: dict[str, Any] = orjson.loads(fields["data"])
                assert (event["id"], event["type"]) == (fields["id"], fields["event"])
                return event

    async def end(self) -> None:
        async with asyncio.timeout(60):
            await self.response.content.read()


class Ws(Stream):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.place = ""

    async def frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=60)
        self.place = frame["id"]
        return frame

    async def event(self) -> dict[str, Any]:
        while (frame := await self.frame())["type"] == "cursor":
            pass
        return frame

    async def end(self) -> None:
        async with asyncio.timeout(60):
            async for _ in self.socket:
                pass


@asynccontextmanager
async def streaming(
    gateway: Running, transport: str, cursor: str | None = None, secret: str = ALL, prefix: str = "", **headers: str
) -> AsyncIterator[Any]:
    url = f"{gateway.url}{prefix}/v1/feed/{transport}" + (f"?cursor={cursor}" if cursor else "")
    headers = {"Authorization": f"Bearer {secret}", **headers}
    if transport == "sse":
        async with gateway.session.get(url, headers=headers) as response:
            assert (response.status, response.content_type) == (200, "text/event-stream")
            yield Sse(response)
    else:
        async with gateway.session.ws_connect(url, headers=headers) as opened:
            yield Ws(opened)


both = pytest.mark.parametrize("transport", ["sse", "ws"])
