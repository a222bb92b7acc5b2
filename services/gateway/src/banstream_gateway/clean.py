"""The commonest answer of all, "nothing restricts this player", written in one piece.

aiohttp spends a quarter of a join check on putting a response together; this one is the same for everybody
until the log position or the second changes.
"""

import time
from collections.abc import Callable
from email.utils import formatdate

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from banstream_gateway.answers import JSON, POSITION


class _Whole(web.StreamResponse):
    """An answer that is ready to be sent, to a client that keeps its connection."""

    def __init__(self, wire: bytes) -> None:
        super().__init__()
        self._wire = wire

    @property
    def keep_alive(self) -> bool:
        """Only such requests get this answer."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it."""
        await request.writer.write(self._wire)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


class CleanAnswers:
    """Hands out the answer for a position, to requests of one method; `body` writes it."""

    def __init__(self, method: str, body: Callable[[int], bytes]) -> None:
        self._method = method
        self._body = body
        self._made_for = (-1, -1)
        self._answer = _Whole(b"")

    def at(self, position: int, request: web.Request) -> web.StreamResponse | None:
        """The answer, or None for a request that needs another head. Its body must have been read."""
        if request.version != HttpVersion11 or not request.keep_alive or request.method != self._method:
            return None
        now = int(time.time())
        if self._made_for != (position, now):
            self._made_for = (position, now)
            self._answer = _Whole(_wire(self._body(position), position, now))
        return self._answer


def nothing_restricts(position: int) -> bytes:
    """The native form."""
    return b'{"restrictions":{},"position":%d}' % position


def not_banned(_position: int) -> bytes:
    """The form of Flask Anti-Cheat."""
    return b'{"status":"not banned"}'


def no_blocks(_position: int) -> bytes:
    """The form of GFLBans."""
    return b"{}"


def _wire(body: bytes, position: int, now: int) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n{POSITION}: {position}\r\n"
        f"Content-Length: {len(body)}\r\nDate: {formatdate(now, usegmt=True)}\r\n\r\n"
    )
    return head.encode() + body
