"""The commonest answer of all, "nothing restricts this player", as the bytes that are sent.

It is the same for everybody until the log position or the second changes.
"""

import time
from collections.abc import Callable
from email.utils import formatdate

from banstream_gateway.answers import JSON, POSITION


class CleanAnswers:
    """Hands out the answer for a position, head and body; `body` writes the body."""

    def __init__(self, body: Callable[[int], bytes]) -> None:
        self._body = body
        self._made_for = (-1, -1)
        self._wire = b""

    def at(self, position: int) -> bytes:
        """The answer to a client that keeps its connection."""
        now = int(time.time())
        if self._made_for != (position, now):
            self._made_for = (position, now)
            self._wire = _wire(self._body(position), position, now)
        return self._wire


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
