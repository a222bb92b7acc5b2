"""The copy of EVENTS that subscribers read, where EVENTS itself was made anew."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from banstream_contracts import permissions, streams, subjects, subscribers
from banstream_runtime.connection import connect
from banstream_runtime.streams import COPY, apply_streams
from banstream_testing.nats_cluster import HOSTS, nats_cluster
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

EVENT = subjects.event("infraction.issued", "roblox=1")


@pytest.fixture
async def operator() -> AsyncIterator[Client]:
    """The operator of one node, where the streams and a copy are."""
    with nats_cluster(["bot"], HOSTS[:1]) as server:
        client = await connect(server.settings(permissions.OPERATOR), "test", timeout_seconds=30)
        await apply_streams(client, copy=True)
        yield client
        await client.close()


async def test_a_copy_begins_anew_with_an_events_that_was_lost(operator: Client) -> None:
    """It had more than the new stream has by now, and would wait for that to get as far."""
    await happen(operator, "first", "second", "third")
    await until_copied(operator, b"first", b"second", b"third")
    await operator.jetstream().delete_stream(streams.EVENTS)
    assert COPY in await apply_streams(operator)
    await happen(operator, "after the loss")
    await until_copied(operator, b"after the loss")
    assert await apply_streams(operator) == []


async def happen(operator: Client, *bodies: str) -> None:
    """One event each."""
    for body in bodies:
        await operator.jetstream().publish(EVENT, body.encode())


async def until_copied(operator: Client, *bodies: bytes) -> None:
    """Until the copy holds just these."""
    copy = JetStreamContext(operator, prefix=subscribers.API)

    async def held() -> bool:
        state = (await copy.stream_info(streams.EVENTS)).state
        if (state.messages, state.last_seq) != (len(bodies), len(bodies)):
            return False
        return [(await copy.get_msg(streams.EVENTS, number)).data for number in range(1, len(bodies) + 1)] == [*bodies]

    await eventually(held, 20)
