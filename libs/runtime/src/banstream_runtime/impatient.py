"""An HTTP server that closes connections whose requests do not begin, or whose answers nobody takes.

aiohttp has a limit for idle ones only.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from banstream_runtime.server_log import ServerLog

_STOP_SECONDS = 5.0

UNREAD_SECONDS = 300
"""For so long a client may take nothing of what waits for it. Linux counts it; elsewhere there is no limit.

Who takes a little now and then, from a buffer that is always full, may count as taking nothing: so it is long.
"""


class Impatient(RequestHandler):
    """Closes a connection whose request line and headers do not come whole in time, or that does not read.

    The first ones have it since the connection was made, further ones since their first byte. Bodies have their own
    time where they are read.
    """

    __slots__ = ("_head_seconds", "_head_timer")

    def __init__(self, manager: web.Server, *, head_seconds: float, **settings: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(manager, **settings)
        self._head_seconds = head_seconds
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As aiohttp's."""
        super().connection_made(transport)
        _limit_unread(transport)
        self._start_timer()

    def connection_lost(self, exc: BaseException | None) -> None:
        """As aiohttp's."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As aiohttp's."""
        requests_before = self._request_count
        super().data_received(data)
        if self._request_count != requests_before:
            if self._head_timer is not None:
                self._stop_timer()
        elif self._head_timer is None and self._waiter is not None:
            self._start_timer()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - quotes what was sent, and a token may be in it
    ) -> web.StreamResponse:
        """As aiohttp's, in no words of who sent what cannot be read."""
        return super().handle_error(request, status, exc, HTTPStatus(status).phrase)

    def _start_timer(self) -> None:
        self._head_timer = self._loop.call_later(self._head_seconds, self.force_close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _limit_unread(transport: asyncio.BaseTransport) -> None:
    """The kernel ends a connection of which nothing was taken for that long, whoever waits for what of it here."""
    opened = transport.get_extra_info("socket")
    if opened is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # the client has gone
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)


class ImpatientRunner(web.AppRunner):
    """Serves an application; `connect` makes an `Impatient` of what aiohttp names, `settings` are aiohttp's own."""

    def __init__(self, app: web.Application, connect: Callable[..., Impatient], **settings: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(app, access_log=None, logger=ServerLog(), shutdown_timeout=_STOP_SECONDS, **settings)
        self._connect = connect

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._connect)


class _Server(web.Server):
    def __init__(self, server: web.Server, connect: Callable[..., Impatient]) -> None:
        super().__init__(server.request_handler, request_factory=server.request_factory, **server._kwargs)  # noqa: SLF001 - the runner builds the server; there is no other place to choose its protocol
        self._connect = connect

    def __call__(self) -> RequestHandler:
        return self._connect(self, loop=self._loop, **self._kwargs)
