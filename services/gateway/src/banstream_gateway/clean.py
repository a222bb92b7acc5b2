"""The commonest answer of all, "nothing restricts this player", written in one piece.

aiohttp spends a quarter of a join check on putting a response together; this one is the same for everybody
until the log position or the second changes.
"""

import time
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
    """Hands out the answer for a position."""

    def __init__(self) -> None:
        self._made_for = (-1, -1)
        self._answer = _Whole(b"")

    def at(self, position: int, request: web.Request) -> web.StreamResponse | None:
        """The answer, or None for a request that needs another head."""
        if request.version != HttpVersion11 or not request.keep_alive or request.method != "GET":
            return None
        now = int(time.time())
        if self._made_for != (position, now):
            self._made_for = (position, now)
            self._answer = _Whole(_wire(position, now))
        return self._answer


def clean_body(position: int) -> bytes:
    """The JSON."""
    return b'{"restrictions":{},"position":%d}' % position


def _wire(position: int, now: int) -> bytes:
    body = clean_body(position)
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n{POSITION}: {position}\r\n"
        f"Content-Length: {len(body)}\r\nDate: {formatdate(now, usegmt=True)}\r\n\r\n"
    )
    return head.encode() + body
