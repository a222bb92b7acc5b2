"""The console running inside a test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from banstream_console.app import create_app
from banstream_console.public.wall.state import WALL, PublicWall
from banstream_console.settings import Settings
from banstream_console.web.site import SITE, Site
from banstream_contracts import permissions
from banstream_privacy.sharing import accounts_key
from banstream_runtime.server_log import ServerLog
from banstream_testing.infractions import MASTER_KEY
from banstream_testing.servers import NATS_PASSWORD, NatsServer
from banstream_testing.waiting import eventually

_PATIENT: dict[str, Any] = {"query_timeout_seconds": 10.0, "command_timeout_seconds": 10.0}
"""A machine that stands still for two seconds makes no other answer."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where it listens, what it is made of, and a client of it that keeps no cookies."""

    url: str
    site: Site
    wall: PublicWall
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> "Answer":
        """A whole answer; redirects are not followed. An underscore of a header's name is a dash."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.get(f"{self.url}{path}", headers=named, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.read())


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Of UTF-8."""
        return self.body.decode()


@asynccontextmanager
async def console(nats: NatsServer, *, waits: bool = True, **settings: Any) -> AsyncIterator[Console]:
    """With the permissions of its user; `waits` until it is connected and knows the wall."""
    login: dict[str, Any] = {"nats_user": permissions.CONSOLE, "nats_password": SecretStr(NATS_PASSWORD)}
    keys = {"accounts_key": SecretStr(accounts_key(MASTER_KEY).hex())}
    app = create_app(Settings(nats_url=nats.url, **{**login, **keys, **_PATIENT, **settings}))
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, logger=ServerLog(), shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            made = Console(url, app[SITE], app[WALL], http)
            if waits:
                await eventually(lambda: _follows(made))
            yield made
    finally:
        await runner.cleanup()


async def _follows(made: Console) -> bool:
    """The first ring comes when the console follows the events."""
    return not made.wall.pulse.version.endswith("-0")
