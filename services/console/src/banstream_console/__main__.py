"""`python -m banstream_console`."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from banstream_console.app import METRICS, create_app
from banstream_console.pages import operations
from banstream_console.settings import Settings
from banstream_console.site import SITE
from banstream_runtime.complaints import Complaints
from banstream_runtime.logs import configure_logs
from banstream_runtime.telemetry import configure_telemetry

HEAD_SECONDS = 10.0
"""How long the first request of a connection, and the head of each further one, may take to come."""


class _Impatient(RequestHandler):
    """Closes a connection whose request line and headers do not come whole in time; aiohttp waits for ever."""

    __slots__ = ("_head_seconds", "_head_timer")

    def __init__(self, manager: web.Server, *, head_seconds: float, **settings: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(manager, **settings)
        self._head_seconds = head_seconds
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        requests_before = self._request_count
        super().data_received(data)
        if self._request_count != requests_before:
            self._stop_timer()
        elif self._head_timer is None and self._waiter is not None:
            self._start_timer()

    def _start_timer(self) -> None:
        self._head_timer = self._loop.call_later(self._head_seconds, self.force_close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Server(web.Server):
    def __init__(self, server: web.Server, head_seconds: float) -> None:
        super().__init__(server.request_handler, request_factory=server.request_factory, **server._kwargs)  # noqa: SLF001 - the runner builds the server; there is no other place to choose its protocol
        self._head_seconds = head_seconds

    def __call__(self) -> RequestHandler:
        return _Impatient(self, loop=self._loop, head_seconds=self._head_seconds, **self._kwargs)


class _Runner(web.AppRunner):
    def __init__(self, app: web.Application, head_seconds: float) -> None:
        super().__init__(app, access_log=None, handler_cancellation=True, logger=Complaints(), shutdown_timeout=5.0)
        self._head_seconds = head_seconds

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._head_seconds)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = create_app(settings)
    async with serving(app, settings.console_host, settings.console_port):
        if settings.metrics_port is None:
            await stop.wait()
            return
        async with serving(_own(app), settings.metrics_host, settings.metrics_port):
            await stop.wait()


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, head_seconds: float = HEAD_SECONDS) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which is chosen by the system where `port` is 0."""
    runner = _Runner(app, head_seconds)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _own(app: web.Application) -> web.Application:
    """Probes and scrapes of this process, on a port that the public does not see."""

    async def metrics(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=generate_latest(app[METRICS]), headers={"Content-Type": CONTENT_TYPE_LATEST})

    own = web.Application()
    own[SITE] = app[SITE]
    own.router.add_get("/healthz", operations.healthz)
    own.router.add_get("/readyz", operations.readyz)
    own.router.add_get("/metrics", metrics)
    return own


def main() -> None:
    """Read the environment and run."""
    settings = Settings()
    configure_logs("console", settings.log_level, settings.log_format)
    configure_telemetry("console")
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
