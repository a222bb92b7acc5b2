"""The listening socket: several processes may share one port, and slow senders are cut off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

_LINGER_SECONDS = 1.0
_IDLE_SECONDS = 75.0


class _Impatient(RequestHandler):
    """Closes a connection whose request line and headers do not come whole in time.

    aiohttp has a limit for idle connections only. Bodies have theirs where they are read.
    """

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
            if self._head_timer is not None:
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
        super().__init__(
            app,
            access_log=None,
            auto_decompress=False,
            handler_cancellation=False,
            keepalive_timeout=_IDLE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            shutdown_timeout=5.0,
        )
        self._head_seconds = head_seconds

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._head_seconds)


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, head_seconds: float, own: tuple[str, int] | None = None
) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which is chosen by the system where `port` is 0.

    `own` is a host and port that no other process shares, for probes and scrapes of this one.
    """
    runner = _Runner(app, head_seconds)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, reuse_port=True, backlog=1024).start()
        if own is not None:
            await web.TCPSite(runner, *own).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
