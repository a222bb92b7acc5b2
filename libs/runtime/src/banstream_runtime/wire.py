"""What NATS sends, read from the connection, with a short way for those who take very many messages.

The client library reads a message, makes an object of it and passes it through a queue to a task of its subscription:
7 µs, and a gateway takes a million before it is ready (docs/performance/coldstart.md, ADR 0027). Here messages are
found by one expression each, and whoever listens by `listen` is given their bytes as soon as they are read.
All else is the library's: the connection, its other subscriptions, and every line that is not a message.
"""

import re
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ProtocolError
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

Take = Callable[[bytes, bytes, bytes, bytes], Awaitable[None] | None]
"""What a message is given to: its subject, whom to answer, its headers as they are written, and its body.

Nothing more is read before it returns, or before what it returns has ended.
"""

_END = b"\r\n"
_STATUS = b"NATS/1.0 "
_plain = re.compile(rb"MSG\s+(\S+)\s+(\d+)\s+(?:(\S+)[ \t]+)?(\d+)\r\n").match
_with_headers = re.compile(rb"HMSG\s+(\S+)\s+(\d+)\s+(?:(\S+)[ \t]+)?(\d+)\s+(\d+)\r\n").match
"""Blanks may be many, as the library has it: advisories of JetStream have two, where others say whom to answer."""


async def listen(client: Client, subject: str, take: Take) -> Subscription:
    """Subscribe on a connection that `connect` has made. What `take` raises goes where the library's errors go."""
    reader = client._ps  # noqa: SLF001 - the library has no other place to read messages oneself
    if not isinstance(reader, Reader):
        raise TypeError("not a connection of banstream_runtime.connection")
    subscription = await client.subscribe(subject, cb=_unheard)
    reader.takes[str(subscription._id).encode()] = take  # noqa: SLF001 - as messages name it
    return subscription


async def unlisten(client: Client, subscription: Subscription) -> None:
    """Take nothing more, nor from the next connection. Raises nats errors or OSError when the server cannot be told."""
    reader = client._ps  # noqa: SLF001 - as above
    if isinstance(reader, Reader):
        reader.takes.pop(str(subscription._id).encode(), None)  # noqa: SLF001 - as above
    if not client.is_closed and not client.is_draining:
        await subscription.unsubscribe()


def is_status(headers: bytes) -> bool:
    """Whether it is the server that speaks, of a subscription or a consumer."""
    return headers.startswith(_STATUS)


def headers_of(written: bytes) -> dict[str, str]:
    """The headers by name; of a name that comes twice the last."""
    found = {}
    for line in written.split(_END)[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            found[name.strip().decode(errors="replace")] = value.strip().decode(errors="replace")
    return found


def header_of(written: bytes, name: str) -> str | None:
    """One of the headers, at a fraction of the cost of all; of a name that comes twice the last."""
    _, found, rest = written.rpartition(b"\r\n%b:" % name.encode())
    return rest.partition(_END)[0].strip().decode(errors="replace") if found else None


class Reader(Parser):
    """The library's parser, but for messages."""

    def __init__(self, client: Client) -> None:
        self.takes: dict[bytes, Take] = {}
        """Who listens, by the number of the subscription."""
        self._client = client
        self._pieces: list[bytes] = []
        self._missing = 0
        self._resets = 0
        super().__init__(client)

    def reset(self) -> None:
        """The connection is lost, and with it what has come of a message."""
        super().reset()
        self._pieces.clear()
        self._missing = 0
        self._resets += 1

    async def parse(self, data: bytes = b"") -> None:
        """Read what has come; the beginning of a message waits for the rest. Raises ProtocolError."""
        self._pieces.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return
        whole = b"".join(self._pieces)
        self._pieces.clear()
        resets = self._resets
        read = await self._read(whole)
        if self._resets == resets and read < len(whole):
            self._pieces.append(whole[read:])

    async def _read(self, data: bytes) -> int:
        """Read every message and line that is whole; where the first one begins that is not."""
        at, end, resets = 0, len(data), self._resets
        while at < end and self._resets == resets:
            found = _plain(data, at)
            if found is not None:
                subject, number, reply, size = found.groups()
                body = start = found.end()
            else:
                found = _with_headers(data, at)
                if found is None:
                    behind = data.find(_END, at) + len(_END)
                    if behind < len(_END):
                        break
                    await self._read_line(data[at:behind])
                    at = behind
                    continue
                subject, number, reply, header_size, size = found.groups()
                start = found.end()
                body = start + int(header_size)
            stop = start + int(size)
            self._missing = stop + len(_END) - end
            if self._missing > 0:
                break
            take = self.takes.get(number)
            if take is None:
                await self._client._process_msg(  # noqa: SLF001 - as the library's parser does
                    int(number), subject, reply or b"", data[body:stop], data[start:body]
                )
            else:
                try:
                    rest = take(subject, reply or b"", data[start:body], data[body:stop])
                    if rest is not None:
                        await rest
                except Exception as error:  # noqa: BLE001 - of whatever kind, the connection has no part in it
                    await self._client._error_cb(error)  # noqa: SLF001 - as the library's subscriptions do
            at = stop + len(_END)
        return at

    async def _read_line(self, line: bytes) -> None:
        await super().parse(line)
        if self.state != AWAITING_CONTROL_LINE or self.buf:
            raise ProtocolError("nats: neither a message nor a line")


async def _unheard(_message: Msg) -> None:
    """The library asks for something to call; what comes is taken before it gets here."""
