"""One acknowledgement tells of many messages, on a real server: what is not there lets nothing behind it in."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from nats.js.errors import APIError

from banstream_contracts import headers
from banstream_event_log.publishing import OnlyWriter, Outgoing
from banstream_runtime.connection import connect
from banstream_runtime.identifiers import new_id
from banstream_testing.servers import NatsServer

REFUSED = {headers.MESSAGE_TTL: "60"}
"""The stream allows no message an end of its own."""


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    """With an empty stream."""
    connected = await connect(nats.settings(), "test publishing")
    await connected.jetstream().add_stream(StreamConfig(name="ONE", subjects=["one.>"]))
    yield connected
    await connected.jetstream().delete_stream("ONE")
    await connected.close()


def numbered(first: int, last: int) -> list[Outgoing]:
    return [
        Outgoing("one.x", str(number).encode(), {headers.MESSAGE_ID: str(new_id())}) for number in range(first, last)
    ]


async def opened(client: Client) -> OnlyWriter:
    writer = OnlyWriter(client.jetstream(), "ONE")
    await writer.open()
    return writer


async def kept(client: Client) -> list[int]:
    jetstream = client.jetstream()
    last = (await jetstream.stream_info("ONE")).state.last_seq
    return [int((await jetstream.get_msg("ONE", sequence)).data or b"") for sequence in range(1, last + 1)]


async def test_all_are_there_when_publishing_has_ended(client: Client) -> None:
    writer = await opened(client)
    await writer.publish(numbered(0, 300))
    await writer.publish(numbered(300, 303))
    assert await kept(client) == list(range(303))


@pytest.mark.parametrize("place", [1, 20, 39], ids=["behind-the-first", "in-between", "last"])
async def test_nothing_follows_what_was_refused_and_the_second_try_says_why(client: Client, place: int) -> None:
    messages = numbered(0, 40)
    messages[place].headers.update(REFUSED)
    with pytest.raises(APIError):
        await (await opened(client)).publish(messages)
    assert await kept(client) == list(range(place))
    with pytest.raises(APIError, match="TTL"):
        await (await opened(client)).publish(messages[place:])
    assert await kept(client) == list(range(place))


async def test_a_writer_that_was_replaced_is_refused_whole(client: Client) -> None:
    replaced, newer = await opened(client), await opened(client)
    await replaced.publish(numbered(0, 5))
    await newer.open()
    await newer.publish(numbered(5, 30))
    with pytest.raises(APIError, match="wrong last sequence"):
        await replaced.publish(numbered(100, 120))
    assert await kept(client) == list(range(30))
