"""A watch that cannot be believed any more is noticed, and what is not whole passes for nothing that is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client
from nats.js.api import DeliverPolicy

from banstream_contracts import streams, subjects
from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.ordered import OrderedConsumer, Start
from banstream_runtime.connection import connect
from banstream_runtime.tasks import ended
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams
from banstream_testing.waiting import eventually

BUCKET = streams.RESTRICTIONS_BUCKET
STREAM = f"KV_{BUCKET}"
POSITION = subjects.entry(BUCKET, streams.POSITION_KEY)
WHOLE_BUCKET = Start(STREAM, (subjects.entry(BUCKET, ">"),), DeliverPolicy.LAST_PER_SUBJECT)
FORGED = f"x.ACK.{STREAM}.x.1"
"""Where acknowledgements would go; the server itself would begin it otherwise, and lets nobody else do so."""
HEARTBEAT = b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: %d\r\nNats-Last-Stream: 9\r\n\r\n"


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    made = await connect(nats.settings(), "test", timeout_seconds=30)
    await fresh_streams(made)
    yield made
    await made.close()


@pytest.fixture
async def consumer(client: Client) -> AsyncIterator[OrderedConsumer]:
    """One that has taken its first message."""
    taken: list[bytes] = []
    made = OrderedConsumer(client, WHOLE_BUCKET, lambda subject, *_rest: taken.append(subject))
    await made.start()
    await client.jetstream().publish(POSITION, b"1")

    async def has_come() -> bool:
        return bool(taken)

    await eventually(has_come)
    yield made
    await made.stop()


async def inbox_of(client: Client) -> str:
    """Where the server delivers to."""
    (info,) = await client.jsm().consumers_info(STREAM)
    return str(info.config.deliver_subject)


async def said_by_the_server(nats: NatsServer, subject: str, headers: bytes) -> None:
    """A message of headers alone, as only the server itself writes them."""
    server = urlsplit(nats.url)
    _, writer = await asyncio.open_connection(server.hostname, server.port)
    writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n')
    writer.write(b"HPUB %b %d %d\r\n%b\r\n" % (subject.encode(), len(headers), len(headers), headers))
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def is_broken(consumer: OrderedConsumer) -> str:
    async def why() -> str | None:
        return consumer.broken

    return await eventually(why)


@pytest.mark.parametrize("sequence", [1, 3], ids=["again", "one left out"])
async def test_a_message_that_does_not_follow_is_not_taken(
    client: Client, consumer: OrderedConsumer, sequence: int
) -> None:
    await client.publish(await inbox_of(client), b"9", reply=f"{FORGED}.9.{sequence}.1.0")
    assert await is_broken(consumer) == "gap"


async def test_a_heartbeat_that_names_a_message_which_never_came_is_heard(
    nats: NatsServer, client: Client, consumer: OrderedConsumer
) -> None:
    inbox = await inbox_of(client)
    await said_by_the_server(nats, inbox, HEARTBEAT % 1)
    await said_by_the_server(nats, inbox, HEARTBEAT % 2)
    assert await is_broken(consumer) == "lost a message"


@pytest.mark.parametrize(("pending", "delivered", "is_through"), [(0, 0, True), (1, 0, False), (0, 1, False)])
async def test_what_is_still_on_its_way_was_not_seen(pending: int, delivered: int, is_through: bool) -> None:
    info = SimpleNamespace(num_pending=pending, delivered=SimpleNamespace(consumer_seq=delivered))

    async def consumer_info(_stream: str, _name: str) -> SimpleNamespace:
        return info

    server: Any = SimpleNamespace(jsm=lambda: SimpleNamespace(consumer_info=consumer_info))
    assert await OrderedConsumer(server, WHOLE_BUCKET, lambda *_: None).is_through() == is_through


@dataclass
class Sink:
    """Knew more in an earlier pass, so often, and cannot read what is called so."""

    behind: int = 0
    unreadable: str = ""
    completed: bool = False

    def begin(self) -> None:
        """Nothing."""

    def apply(self, key: str, _value: bytes | None) -> None:
        if key == self.unreadable:
            raise ValueError(key)

    def complete(self) -> None:
        self.completed = True

    @property
    def is_behind(self) -> bool:
        self.behind -= 1
        return self.behind >= 0


async def loaded(client: Client, sink: Sink) -> None:
    watch = BucketWatch(BUCKET, sink)
    running = asyncio.create_task(watch.run(client))

    async def is_loaded() -> bool:
        return watch.is_loaded

    await eventually(is_loaded)
    await ended(running)
    assert sink.completed


async def test_a_pass_that_knows_less_than_an_earlier_one_ends_when_it_knows_as_much(client: Client) -> None:
    await client.jetstream().publish(POSITION, b"1")
    await loaded(client, sink := Sink(behind=1))
    assert sink.behind < 0


async def test_an_entry_that_cannot_be_read_ends_a_pass_like_any_other(client: Client) -> None:
    await client.jetstream().publish(POSITION, b"1")
    await client.jetstream().publish(subjects.entry(BUCKET, "odd"), b"?")
    await loaded(client, Sink(unreadable="odd"))
