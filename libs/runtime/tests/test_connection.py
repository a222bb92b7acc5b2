"""Whatever becomes of a connection, it comes back by itself, and it ends when it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import structlog
from nats.aio.client import Client
from nats.errors import OutboundBufferLimitError
from structlog.testing import capture_logs

from banstream_runtime import connection
from banstream_runtime.connection import NatsSettings, connect, is_inbox
from banstream_testing.waiting import eventually

_INFO = b'INFO {"server_id":"N","version":"2.15.0","headers":true,"max_payload":1048576}\r\n'
_MOST = 64
"""Messages of a megabyte: more than the buffers between two processes hold."""


class Node:
    """Speaks as much of NATS as a connection needs, until it freezes."""

    def __init__(self, greeting: bytes = b"PONG\r\n") -> None:
        self.port = 0
        self.connections: list[asyncio.StreamWriter] = []
        self.heard: list[bytes] = []
        self.is_frozen = False
        self._greeting = greeting

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        writer.write(_INFO)
        with suppress(OSError):
            while not self.is_frozen and (line := await reader.readline()):
                self.heard.append(line)
                if line == b"PING\r\n":
                    writer.write(self._greeting)
            await asyncio.Event().wait()


@asynccontextmanager
async def node(greeting: bytes = b"PONG\r\n") -> AsyncIterator[Node]:
    made, tasks = Node(greeting), set[asyncio.Task[None]]()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(made.serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    made.port = int(server.sockets[0].getsockname()[1])
    try:
        yield made
    finally:
        server.close()
        for writer in made.connections:
            writer.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def to(*nodes: Node) -> NatsSettings:
    return NatsSettings(nats_url=",".join(f"nats://127.0.0.1:{each.port}" for each in nodes))


def is_on(client: Client, wanted: Node) -> Callable[[], Awaitable[bool]]:
    async def told() -> bool:
        url = client.connected_url
        return client.is_connected and url is not None and url.port == wanted.port

    return told


async def write_more_than_it_takes(client: Client) -> None:
    """To a node that is frozen."""
    for _ in range(_MOST):
        await client.publish("a", bytes(1_000_000))
        await asyncio.sleep(0)
        if client._transport._io_writer.transport.get_write_buffer_size():  # type: ignore[union-attr] # noqa: SLF001
            return
    raise AssertionError


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PING_SECONDS", 0.1)
    monkeypatch.setattr(connection, "_CLOSE_SECONDS", 0.1)


async def test_a_node_that_freezes_with_messages_on_their_way_is_left_for_another() -> None:
    async with node() as one, node() as other:
        client = await connect(to(one, other), "test", timeout_seconds=10)
        frozen, sound = (one, other) if await is_on(client, one)() else (other, one)
        frozen.is_frozen = True
        await write_more_than_it_takes(client)
        await eventually(is_on(client, sound), 20)
        await client.close()


async def test_what_was_not_sent_before_a_cut_is_not_sent_after_it() -> None:
    async with node() as one, node() as other:
        client = await connect(to(one, other), "test", timeout_seconds=10)
        frozen, sound = (one, other) if await is_on(client, one)() else (other, one)
        frozen.is_frozen = True
        await write_more_than_it_takes(client)
        await client.publish("late", b"")
        assert client.pending_data_size > 0
        await eventually(is_on(client, sound), 20)
        await client.publish("now", b"")
        await client.flush()
        await client.close()
    assert [line for line in sound.heard if line.startswith(b"PUB")] == [b"PUB now  0\r\n"]


async def test_nothing_is_taken_for_a_connection_to_come() -> None:
    async with node() as away:
        client = await connect(to(away), "test", timeout_seconds=10)
        away.is_frozen = True
        away.connections[0].transport.abort()

        async def is_lost() -> bool:
            return client.is_reconnecting

        await eventually(is_lost, 20)
        with pytest.raises(OutboundBufferLimitError):
            await client.publish("late", b"")
        await client.close()


async def test_a_connection_to_a_frozen_node_can_be_closed() -> None:
    async with node() as frozen:
        client = await connect(to(frozen), "test", timeout_seconds=10)
        frozen.is_frozen = True
        await write_more_than_it_takes(client)
        await asyncio.wait_for(client.close(), 10)
        assert client.is_closed


@pytest.mark.parametrize(
    "said", ["maximum connections exceeded", "Authorization Violation", "User Authentication Expired"]
)
async def test_what_a_node_says_before_it_ends_a_connection_ends_it_not_for_good(said: str) -> None:
    async with node() as ending:
        client = await connect(to(ending), "test", timeout_seconds=10)
        ending.connections[0].write(f"-ERR '{said}'\r\n".encode())

        async def is_back() -> bool:
            return len(ending.connections) > 1 and client.is_connected

        await eventually(is_back, 20)
        await client.close()


async def test_who_cannot_connect_says_once_what_is_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "logger", structlog.get_logger())  # one that was used keeps its processors
    async with node(b"-ERR 'Authorization Violation'\r\n") as refusing:
        with capture_logs() as logs, pytest.raises(TimeoutError):
            await connect(to(refusing), "test", timeout_seconds=1.5)
        assert len(refusing.connections) > 1
    assert [(each["event"], each["name"]) for each in logs] == [("nats_unreachable", "test")]
    assert "Authorization Violation" in logs[0]["error"]


async def test_a_connection_that_is_lost_is_said_to_be_and_one_that_is_closed_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "logger", structlog.get_logger())
    async with node() as ending:
        with capture_logs() as logs:
            client = await connect(to(ending), "test", timeout_seconds=10)
            ending.connections[0].transport.abort()

            async def is_back() -> bool:
                return any(each["event"] == "nats_reconnected" for each in logs)

            await eventually(is_back, 20)
            await client.close()
    assert [each["event"] for each in logs] == ["nats_disconnected", "nats_reconnected"]


@pytest.mark.parametrize(
    ("subject", "is_one"),
    [
        ("_INBOX.gateway.a1B2", True),
        ("", False),
        ("_INBOX", False),
        ("_INBOX.", False),
        ("_INBOX.a b", False),
        ("_INBOX.a.>", False),
        ("_INBOX.a\n", False),
        ("$KV.restrictions._INBOX.a", False),
    ],
    ids=["an inbox", "empty", "all inboxes", "no name", "blank", "wildcard", "line end", "a bucket"],
)
def test_an_answer_goes_where_one_subject_and_nothing_else_is_named(subject: str, is_one: bool) -> None:
    assert is_inbox(subject) is is_one
