"""A stand-in for the routes of the Nitrado API that banstream uses.

Built from facts dayz-bans-discord 3.2: bearer token, state with `settings.general.bans` beside FTP credentials,
settings written one at a time by form, `status` and `message` of errors, 401, 429 and 503.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

TOKEN = "long-life token"  # noqa: S105  # of a throw-away server
SERVICE_ID = 1234567
FTP_PASSWORD = "secret of the answer"  # noqa: S105  # must never be quoted


@dataclass(slots=True)
class NitradoServer:
    """The list as it is now, and how the server behaves.

    `answers` are given in turn before any real answer: status, headers, body. `stored` is what becomes of a value that
    is written. `before_request` is called with the number of each request from 1 on.
    """

    url: str = ""
    bans: Any = ""
    requests: list[str] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=list)
    stored: Callable[[str], str] = str
    before_request: Callable[[int], None] = lambda _: None

    def state(self) -> dict[str, Any]:
        """The answer to a question for the state."""
        settings = {"general": {"bans": self.bans}} if self.bans is not None else {"general": {}}
        credentials = {"ftp": {"hostname": "ms.example.net", "password": FTP_PASSWORD}}
        return {"status": "success", "data": {"gameserver": {"settings": settings, "credentials": credentials}}}


@asynccontextmanager
async def nitrado_server() -> AsyncIterator[NitradoServer]:
    """A running stand-in."""
    server = NitradoServer()
    app = web.Application(middlewares=[_gate(server)])
    base = f"/services/{SERVICE_ID}/gameservers"
    app.router.add_get(base, partial(_state, server))
    app.router.add_post(f"{base}/settings", partial(_write, server))
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def _gate(server: NitradoServer) -> Any:  # noqa: ANN401  # aiohttp's middleware type
    @web.middleware
    async def gate(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        server.requests.append(f"{request.method} {request.path}")
        server.before_request(len(server.requests))
        prepared = server.answers.pop(0) if server.answers else None
        if prepared:
            status, headers, body = prepared
            return web.Response(status=status, headers=headers, body=body)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"status": "error", "message": "Access token not valid"}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    return gate


async def _state(server: NitradoServer, _: web.Request) -> web.Response:
    return web.json_response(server.state())


async def _write(server: NitradoServer, request: web.Request) -> web.Response:
    form = await request.post()
    if (form.get("category"), form.get("key")) != ("general", "bans"):
        return web.json_response({"status": "error", "message": "Unknown setting"}, status=422)
    server.bans = server.stored(str(form["value"]))
    return web.json_response({"status": "success", "message": "Setting saved"})
