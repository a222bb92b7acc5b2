"""Where answers go: whoever asks names the subject, and whoever answers may publish where they may not."""

from collections.abc import AsyncIterator

import nats as library
import pytest
from faststream import AckPolicy
from faststream.nats import NatsRouter
from nats.aio.client import Client
from pydantic import SecretStr

from banstream_contracts import permissions, streams
from banstream_decider.broker import SteadyBroker
from banstream_runtime.connection import NatsSettings
from banstream_testing.servers import NATS_PASSWORD, NatsServer

_QUESTION = "banstream.query.infractions.where"
pytestmark = pytest.mark.integration


def settings(server: NatsServer, user: str) -> NatsSettings:
    return NatsSettings(nats_url=server.url, nats_user=user, nats_password=SecretStr(NATS_PASSWORD))


@pytest.fixture
async def operator(nats: NatsServer) -> AsyncIterator[Client]:
    """Hears everything that a service sends, wherever it goes."""
    client = await library.connect(nats.url, user=permissions.OPERATOR, password=NATS_PASSWORD)
    yield client
    await client.close()


@pytest.fixture
async def answering(nats: NatsServer) -> AsyncIterator[None]:
    """Infractions, with a query that it always answers."""
    router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

    @router.subscriber(_QUESTION, queue=streams.INFRACTIONS)
    async def on_question() -> str:
        return "here"

    broker = SteadyBroker(settings(nats, streams.INFRACTIONS), "answering", router)
    await broker.start()
    yield
    await broker.stop()


@pytest.mark.parametrize(
    "elsewhere",
    [
        f"$KV.{streams.RESTRICTIONS_BUCKET}.roblox=1",
        f"$KV.{streams.CREDENTIALS_BUCKET}.0123456789abcdef01234567",
        "banstream.log.infraction.issued.roblox=1",
        "$JS.API.STREAM.PURGE.INFRACTION_EVENTS",
        "banstream.dead.infractions",
    ],
    ids=["a restriction", "a credential", "an event", "JetStream", "dead letters"],
)
@pytest.mark.usefixtures("answering")
async def test_an_answer_goes_to_an_inbox_and_to_nothing_that_the_service_may_write(
    operator: Client, elsewhere: str
) -> None:
    misled = await operator.subscribe(elsewhere)
    await operator.publish(_QUESTION, b"", reply=elsewhere)
    asked_after = await operator.request(_QUESTION, b"", timeout=10)
    await operator.flush()
    assert asked_after.data == b"here"
    assert misled.pending_msgs == 0
