"""The example, run as an outsider runs it."""
# ruff: noqa: S101 - tests assert

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client

from banstream_contracts import headers, subjects
from banstream_contracts.events import (
    CredentialRevoked,
    InfractionIssued,
    InfractionLifted,
    stored,
)
from banstream_contracts.examples import EXAMPLES
from banstream_contracts.infraction_messages import AnyEvent
from banstream_contracts.public_events import published
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams

SCRIPT = Path(__file__).with_name("consumer.py")


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    """A connection to fresh streams."""
    client = await connect(NatsSettings(nats_url=nats.url), "test", timeout_seconds=30)
    await fresh_streams(client)
    yield client
    await client.close()


async def publish(client: Client, *models: type[AnyEvent]) -> None:
    """Publish the example of each event as infractions does."""
    for position, model in enumerate(models, 1):
        event: Any = EXAMPLES[model]
        cloud_event = headers.cloud_event(
            event_id=UUID(int=position),
            event_type=event.type,
            source=headers.SOURCE_INFRACTIONS,
            subject=event.stream,
            occurred_at=event.occurred_at,
            position=position,
        )
        body = json.dumps(published(stored(event))).encode()
        subject = subjects.event(event.type, event.token)
        await client.jetstream().publish(subject, body, headers={**cloud_event, headers.MESSAGE_ID: str(position)})


async def run(nats: NatsServer, name: str, count: int) -> list[str]:
    """The lines that the script prints until it stops by itself."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BANSTREAM_")}
    script = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(SCRIPT), nats.url, name, str(count)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        printed, complaints = await asyncio.wait_for(script.communicate(), 60)
    finally:
        if script.returncode is None:
            script.kill()
            await script.wait()
    assert (script.returncode, complaints) == (0, b"")
    return printed.decode().splitlines()


async def test_a_second_run_starts_behind_the_last_acknowledged_event(nats: NatsServer, client: Client) -> None:
    """One event each, the second one not before the first."""
    await publish(client, InfractionIssued, InfractionLifted)
    assert await run(nats, "my-bot", 1) == ["infraction.issued roblox:156 aimbot"]
    assert await run(nats, "my-bot", 1) == ["infraction.lifted roblox:156 appeal granted"]
    info = await client.jetstream().consumer_info("EVENTS", "my-bot")
    assert (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_another_name_starts_from_the_beginning(nats: NatsServer, client: Client) -> None:
    """Each name is a cursor of its own."""
    await publish(client, InfractionIssued, InfractionLifted)
    first = await run(nats, "one", 2)
    assert first == await run(nats, "two", 2)


async def test_an_event_without_a_player_is_printed_too(nats: NatsServer, client: Client) -> None:
    """Servers and tokens have events as well."""
    await publish(client, CredentialRevoked)
    assert await run(nats, "my-bot", 1) == ["credential.revoked -:- server closed"]
