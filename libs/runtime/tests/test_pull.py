"""Batches of a durable consumer on a real server, and what a client tells that hears nothing of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import cast

import pytest
from nats.aio.client import Client
from nats.errors import ConnectionClosedError, OutboundBufferLimitError

from banstream_contracts import streams, subjects
from banstream_contracts.streams import ConsumerSpec
from banstream_runtime import pull as pulling
from banstream_runtime.connection import connect
from banstream_runtime.pull import BatchPull, PullInterrupted
from banstream_runtime.streams import create_consumer, delete_consumer
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams
from banstream_testing.waiting import eventually

SUBJECT = subjects.INFRACTIONS_COMMANDS.replace("*", "x").replace(">", "x.x")


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    made = await connect(nats.settings(), "test", timeout_seconds=30)
    await fresh_streams(made)
    await create_consumer(made, streams.INFRACTIONS_INTAKE)
    yield made
    await made.close()


async def test_what_waits_comes_at_once_in_order_and_in_batches_no_larger_than_asked_for(client: Client) -> None:
    for number in range(25):
        await client.jetstream().publish(SUBJECT, str(number).encode())
    found: list[int] = []
    async with BatchPull(client, streams.INFRACTIONS_INTAKE, 10) as pull:
        while len(found) < 25:
            batch = await pull.next_batch(10)
            assert 0 < len(batch) <= 10
            found += [int(message.data) for message in batch]
            for message in batch:
                await message.ack()
        assert await pull.next_batch(0.01) == []
    assert found == list(range(25))


async def test_a_message_ends_the_wait(client: Client) -> None:
    async with BatchPull(client, streams.INFRACTIONS_INTAKE, 10) as pull:
        waiting = asyncio.create_task(pull.next_batch(30))
        await asyncio.sleep(0)
        await client.jetstream().publish(SUBJECT, b"1")
        assert [message.data for message in await waiting] == [b"1"]


async def test_what_has_come_and_was_not_taken_is_not_said_to_be(client: Client) -> None:
    async with BatchPull(client, streams.INFRACTIONS_INTAKE, 10) as pull:
        assert pull.taken_until == datetime.min.replace(tzinfo=UTC)  # nothing was heard yet
        await client.jetstream().publish(SUBJECT, b"1")
        (first,) = await pull.next_batch(10)
        assert pull.taken_until == datetime.max.replace(tzinfo=UTC)
        await client.jetstream().publish(SUBJECT, b"2")

        async def has_come() -> bool:
            return pull.taken_until == first.metadata.timestamp

        await eventually(has_come)


async def is_asked(client: Client, spec: ConsumerSpec) -> bool:
    """Whether the consumer has a request that it answers when it goes."""
    return bool((await client.jsm().consumer_info(spec.stream, spec.name)).num_waiting)


async def test_a_consumer_that_is_gone_interrupts(client: Client) -> None:
    async with BatchPull(client, streams.INFRACTIONS_INTAKE, 10) as pull:
        await eventually(partial(is_asked, client, streams.INFRACTIONS_INTAKE))
        waiting = asyncio.create_task(pull.next_batch(30))
        await delete_consumer(client, streams.INFRACTIONS_INTAKE)
        with pytest.raises(PullInterrupted, match="409 Consumer Deleted"):
            await waiting


async def test_what_was_asked_for_is_asked_for_again_when_it_has_run_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_EXPIRES_SECONDS", 2)
    monkeypatch.setattr(pulling, "_HEARTBEAT_SECONDS", 1)
    monkeypatch.setattr(pulling, "_SILENCE_SECONDS", 60)  # it would be noticed, and asked for anew
    async with BatchPull(client, streams.INFRACTIONS_INTAKE, 10) as pull:
        assert await pull.next_batch(3) == []
        await client.jetstream().publish(SUBJECT, b"1")
        assert [message.data for message in await pull.next_batch(10)] == [b"1"]


async def test_a_closed_connection_is_a_fault(client: Client) -> None:
    async with BatchPull(client, streams.INFRACTIONS_INTAKE, 10) as pull:
        await client.close()
        with pytest.raises(ConnectionClosedError):
            await pull.next_batch(30)


@dataclass
class Deaf:
    """A connection on which nothing comes."""

    is_closed: bool = True
    asked: list[bytes] = field(default_factory=list)

    def new_inbox(self) -> str:
        return "inbox"

    async def subscribe(self, _subject: str, **_options: object) -> None:
        self.is_closed = False

    async def publish(self, _subject: str, payload: bytes, **_options: object) -> None:
        self.asked.append(payload)


async def test_silence_interrupts_and_a_short_wait_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with BatchPull(cast("Client", Deaf()), streams.INFRACTIONS_INTAKE, 10) as pull:
        assert await pull.next_batch(0.001) == []
        monkeypatch.setattr(pulling, "_SILENCE_SECONDS", 0.05)
        with pytest.raises(PullInterrupted, match="no heartbeat"):
            await pull.next_batch(30)


@dataclass
class Ear:
    """A subscription."""

    is_open: bool = True

    async def unsubscribe(self) -> None:
        self.is_open = False


@dataclass
class Away:
    """A connection that was lost: it may be listened on, and nobody can be asked."""

    is_closed: bool = False
    ears: list[Ear] = field(default_factory=list)

    def new_inbox(self) -> str:
        return "inbox"

    async def subscribe(self, _subject: str, **_options: object) -> Ear:
        self.ears.append(Ear())
        return self.ears[-1]

    async def publish(self, _subject: str, _payload: bytes, **_options: object) -> None:
        raise OutboundBufferLimitError


async def test_who_cannot_ask_does_not_go_on_listening() -> None:
    away = Away()
    with pytest.raises(OutboundBufferLimitError):
        async with BatchPull(cast("Client", away), streams.INFRACTIONS_INTAKE, 10):
            pass
    assert [ear.is_open for ear in away.ears] == [False]
