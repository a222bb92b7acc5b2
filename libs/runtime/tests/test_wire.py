"""What NATS sends, read as the client library reads it, wherever it is cut into pieces."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from banstream_runtime.connection import connect
from banstream_runtime.wire import Reader, Take, header_of, headers_of, is_status, listen, unlisten
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

Heard = tuple[object, ...]

LISTENED = b"7"


@dataclass
class Ears:
    """Stands in for the client: what a parser tells it, in order."""

    heard: list[Heard] = field(default_factory=list)

    async def _process_msg(self, number: int, subject: bytes, reply: bytes, body: bytes, headers: bytes | None) -> None:
        self.heard.append((number, subject, reply, headers or b"", body))

    async def _process_ping(self) -> None:
        self.heard.append(("ping",))

    async def _process_pong(self) -> None:
        self.heard.append(("pong",))

    async def _process_info(self, info: dict[str, Any]) -> None:
        self.heard.append(("info", str(info)))

    async def _process_err(self, error: str) -> None:
        self.heard.append(("error", error))

    async def _error_cb(self, error: Exception) -> None:
        self.heard.append(("raised", str(error)))

    def take(self, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> Awaitable[None] | None:
        """As a listener of LISTENED, in the words of `_process_msg`."""
        self.heard.append((int(LISTENED), subject, reply, headers, body))
        return asyncio.sleep(0) if body.startswith(b"later") else None


def reader(ears: Ears, take: Take | None = None) -> Reader:
    made = Reader(cast("Client", ears))
    if take is not None:
        made.takes[LISTENED] = take
    return made


def message(number: bytes, reply: bytes, body: bytes, headers: bytes = b"", subject: bytes = b"a.b") -> bytes:
    answer = reply + b" " if reply else b""
    if headers:
        sizes = b"%d %d" % (len(headers), len(headers) + len(body))
        return b"HMSG " + subject + b" " + number + b" " + answer + sizes + b"\r\n" + headers + body + b"\r\n"
    return b"MSG " + subject + b" " + number + b" " + answer + b"%d\r\n" % len(body) + body + b"\r\n"


BODIES = st.sampled_from([b"", b"later", b"MSG a 7 3\r\nabc\r\n", b"PING\r\n", b"\r\n", b"5\r\n"]) | st.binary(
    max_size=40
)
MESSAGES = st.builds(
    message,
    st.sampled_from([b"7", b"8", b"77"]),
    st.sampled_from([b"", b"5", b"$JS.ACK.S.c.1.2.3.4.0"]),
    BODIES,
    st.sampled_from([b"", b"NATS/1.0\r\nA: 1\r\n\r\n", b"NATS/1.0 100 Idle Heartbeat\r\n\r\n"]),
)
LINES = st.sampled_from(
    [b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b'INFO {"a": 1}\r\n', b"-ERR 'Permissions Violation'\r\n"]
)
ADVISORIES = st.sampled_from([b"MSG $JS.E.A 7  3\r\nabc\r\n", b"HMSG $JS.E.A 8  12 15\r\nNATS/1.0\r\n\r\nabc\r\n"])
"""As JetStream's server writes what nobody is to answer: with two blanks."""


def pieces(whole: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(whole) + 1) for cut in cuts), len(whole)]
    return [whole[begin:end] for begin, end in pairwise(places)]


async def feed(parser: Parser, parts: Sequence[bytes]) -> None:
    for part in parts:
        await parser.parse(part)


@given(st.lists(MESSAGES | LINES | ADVISORIES, max_size=8), st.lists(st.integers(0, 5000), max_size=12), st.booleans())
def test_what_is_read_is_what_the_library_reads(sent: list[bytes], cuts: list[int], is_listened: bool) -> None:
    library, ours = Ears(), Ears()
    parts = pieces(b"".join(sent), cuts)
    asyncio.run(feed(Parser(library), parts))
    asyncio.run(feed(reader(ours, ours.take if is_listened else None), parts))
    assert ours.heard == library.heard


async def test_what_a_listener_raises_costs_nothing_but_the_message() -> None:
    ears, bodies = Ears(), list[bytes]()

    def take(_subject: bytes, _reply: bytes, _headers: bytes, body: bytes) -> None:
        if body == b"bad":
            raise RuntimeError("cannot read this")
        bodies.append(body)

    await reader(ears, take).parse(b"".join(message(LISTENED, b"", body) for body in (b"1", b"bad", b"2")))
    assert bodies == [b"1", b"2"]
    assert ears.heard == [("raised", "cannot read this")]


async def test_after_a_break_nothing_of_the_old_connection_is_read() -> None:
    ears = Ears()

    def take(_subject: bytes, _reply: bytes, _headers: bytes, body: bytes) -> None:
        ears.heard.append((body,))
        if body == b"last":
            broken.reset()

    broken = reader(ears, take)
    await broken.parse(b"".join(message(LISTENED, b"", body) for body in (b"last", b"lost")) + b"MSG a 7 10\r\nhal")
    await broken.parse(message(LISTENED, b"", b"new"))
    assert ears.heard == [(b"last",), (b"new",)]
    await broken.parse(b"MSG a 7 10\r\nhal")
    broken.reset()
    await broken.parse(message(LISTENED, b"", b"newer"))
    assert ears.heard[2:] == [(b"newer",)]


async def test_what_is_neither_a_message_nor_a_line_is_a_fault() -> None:
    for line in (b"HELLO\r\n", b"MSG a 7 x\r\nabc\r\n"):
        with pytest.raises(ProtocolError):
            await reader(Ears()).parse(line)


def test_headers_are_read_by_name() -> None:
    written = b"NATS/1.0\r\nA: 1\r\nB:2\r\nC: a:b \r\nno colon\r\nA: 3\r\n\r\n"
    assert headers_of(written) == {"A": "3", "B": "2", "C": "a:b"}
    assert [header_of(written, name) for name in ("A", "B", "C", "no colon", "1")] == ["3", "2", "a:b", None, None]
    assert is_status(b"NATS/1.0 100 Idle Heartbeat\r\n\r\n")
    assert not is_status(b"NATS/1.0\r\nStatus: 100\r\n\r\n")


async def test_a_listener_is_told_until_it_asks_no_more(nats: NatsServer) -> None:
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    told: list[tuple[bytes, dict[str, str], bytes]] = []

    def take(subject: bytes, _reply: bytes, headers: bytes, body: bytes) -> None:
        told.append((subject, headers_of(headers), body))

    async def is_told(count: int) -> bool:
        return len(told) == count

    try:
        subject = client.new_inbox()
        heard = await listen(client, subject, take)
        await client.publish(subject, b"1", headers={"A": "ü"})
        large = b"x" * 900_000
        await client.publish(subject, large)
        await eventually(lambda: is_told(2))
        assert told == [(subject.encode(), {"A": "ü"}, b"1"), (subject.encode(), {}, large)]
        await unlisten(client, heard)
        other = await client.subscribe(subject)
        await client.publish(subject, b"3")
        assert (await other.next_msg(timeout=10)).data == b"3"
        assert len(told) == 2
        assert isinstance(client._ps, Reader)  # noqa: SLF001 - nobody else can tell
        assert not client._ps.takes  # noqa: SLF001 - as above
    finally:
        await client.close()


async def test_who_asks_no_more_while_the_connection_is_away_hears_nothing_of_the_next(nats: NatsServer) -> None:
    client = await connect(nats.settings(), "test", timeout_seconds=30)

    async def is_back() -> bool:
        return client.is_connected and client.stats["reconnects"] > 0

    try:
        left = await listen(client, client.new_inbox(), lambda *_: None)
        kept = await listen(client, client.new_inbox(), lambda *_: None)
        await client.force_reconnect()
        await unlisten(client, left)
        await eventually(is_back)
        assert set(client._subs) == {kept._id}  # noqa: SLF001 - what it asks a new connection for
    finally:
        await client.close()


async def test_a_client_that_reads_otherwise_is_refused() -> None:
    with pytest.raises(TypeError):
        await listen(Client(), "a", lambda *_: None)
