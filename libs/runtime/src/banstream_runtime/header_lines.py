"""A NATS client that writes and reads the header lines of a message all at once.

The client library checks, trims and encodes each line by itself, 1 µs each on either side, and an event has ten
(docs/performance/bans.md). What is not plainly written goes the library's own way, so that the bytes and the values
are the same; the methods are private ones of the library, and a test compares them with it.
"""

import re
from functools import lru_cache
from typing import Any

from nats.aio.client import Client

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MESSAGES = 256
"""Kinds of messages whose names are remembered: there are a few dozen."""
_is_name = re.compile(_NAME).fullmatch
_READ_LINES = re.compile(rf"(?:{_NAME}:[^\r\n]*\r\n)+\r\n")
_READ_LINE = re.compile(r"([^:]+):([^\r\n]*)\r\n")
_BLANKS = " \t\v\f"


class HeaderLinesClient(Client):
    """The library's client but for that."""

    async def _send_publish(
        self, subject: str, reply: str, payload: bytes, payload_size: int, headers: dict[str, Any] | None
    ) -> None:
        lines = _plain_lines(headers) if headers and subject else None
        if lines is None:
            await super()._send_publish(subject, reply, payload, payload_size, headers)
            return
        block = f"NATS/1.0\r\n{lines}\r\n".encode()
        sizes = f"HPUB {subject} {reply} {len(block)} {len(block) + payload_size}\r\n".encode()
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += payload_size
        await self._send_command(b"%b%b%b\r\n" % (sizes, block, payload))
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        text = raw.decode(errors="replace")
        if not _READ_LINES.fullmatch(text):
            return Client._parse_header_lines(raw)  # noqa: SLF001 - the method that this one is in place of
        return {name: value.strip(_BLANKS) for name, value in _READ_LINE.findall(text)}


def _plain_lines(headers: dict[str, Any]) -> str | None:
    """The lines, where each is one line under a plain name."""
    form = _form(tuple(headers))
    if form is None:
        return None
    lines = form % tuple(map(str.strip, headers.values()))
    return lines if lines.count("\r") == lines.count("\n") == len(headers) else None


@lru_cache(_MESSAGES)
def _form(names: tuple[str, ...]) -> str | None:
    """Where the values go, if each name is plain."""
    if not all(_is_name(name) for name in names):
        return None
    return "".join(name.replace("%", "%%") + ": %s\r\n" for name in names)
