"""How much fits into one message of the bus."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import BaseModel
from services.gateway.tests.conftest import NatsServer

from banstream_edge.bus import Bus
from banstream_edge.errors import TooLarge
from banstream_edge.queries import Queries
from banstream_runtime.connection import NatsSettings
from banstream_testing.streams import settled

HEADERS = {"Nats-Msg-Id": "0" * 36, "Banstream-Reply-To": "_INBOX.x", "traceparent": "00-" + "0" * 50}


@pytest.fixture
async def bus(server: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus(NatsSettings(nats_url=server.url), "test")
    await bus.open()
    yield bus
    await bus.close()


@pytest.mark.parametrize("headers", [{}, HEADERS])
async def test_the_largest_message_goes_through_and_one_byte_more_costs_nothing(
    bus: Bus, client: Client, headers: dict[str, str]
) -> None:
    async def answer(message: Msg) -> None:
        await message.respond(str(len(message.data)).encode())

    await client.subscribe("largest", cb=answer)
    await settled(client)
    fits, too_big = 0, client.max_payload + 1
    while too_big - fits > 1:
        middle = (fits + too_big) // 2
        try:
            assert (await bus.ask("largest", b"x" * middle, headers, 10)).data == str(middle).encode()
            fits = middle
        except TooLarge as error:
            assert "at most" in str(error)  # noqa: PT017 - the other half of the search
            too_big = middle
    assert client.max_payload - fits < 300
    assert bus.is_connected
    assert (await bus.ask("largest", b"x", headers, 10)).data == b"1"


class Text(BaseModel):
    text: str


async def test_a_question_that_fits_into_no_message_says_so(bus: Bus) -> None:
    with pytest.raises(TooLarge, match=r"The question takes .* at most"):
        await Queries(bus, 10).ask("anybody", Text(text="x" * 2**21), Text)
