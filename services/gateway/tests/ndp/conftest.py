"""A gateway that knows the key of the list, and a token `all`."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.ndp.domain import LIST_KEY, ListingInfractions

from banstream_gateway.endpoints import Gateway


@pytest.fixture
async def infractions(client: Client, gateways: list[Gateway]) -> AsyncIterator[ListingInfractions]:
    infractions = ListingInfractions(client, gateways=gateways)
    await infractions.start()
    yield infractions
    await infractions.end()


@pytest.fixture
async def gateway(start: Start, infractions: ListingInfractions) -> Running:
    await infractions.admit("all", "check", "report", "punish", "admin")
    running = await start(ban_list_key=LIST_KEY.hex())
    await until(running.is_ready)
    await until(lambda: running.gateway.ban_lists.is_known)
    return running
