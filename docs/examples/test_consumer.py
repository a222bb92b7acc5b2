"""The example, run as an outsider runs it."""
# ruff: noqa: S101 - tests assert

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client

from banstream_contracts import headers, permissions, streams, subjects, subscribers
from banstream_contracts.events.event import stored
from banstream_contracts.events.infractions import CredentialRevoked, InfractionIssued, InfractionLifted
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.infraction_messages import AnyEvent
from banstream_contracts.players import Player
from banstream_contracts.public_events import published
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import apply_streams
from banstream_testing.nats_cluster import nats_cluster
from banstream_testing.servers import NATS_PASSWORD, NatsServer
from banstream_testing.streams import fresh_streams

SCRIPT = Path(__file__).with_name("consumer.py")
TLS_ENDS = b"returning true from eof_received() has no effect when using ssl\n"
"""What asyncio says when a client of nats-py ends a TLS connection."""
NOBODY: Mapping[str, str] = MappingProxyType({})


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


async def run(nats: NatsServer, name: str, count: int, login: Mapping[str, str] = NOBODY) -> list[str]:
    """The lines that the script prints until it stops by itself."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BANSTREAM_")}
    environment.update(login)
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
    assert (script.returncode, complaints.replace(TLS_ENDS, b"")) == (0, b"")
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


async def test_a_subscriber_from_outside_reads_its_copy_over_tls() -> None:
    """With nothing but what `banstream nats subscriber` printed, and the certificate authority."""
    with nats_cluster(["bot"], ("localhost",)) as server:
        operator = await connect(server.settings(), "test", timeout_seconds=30)
        await apply_streams(operator, copy=True)
        await publish(operator, InfractionIssued, InfractionLifted)
        await operator.close()
        login = {
            "BANSTREAM_NATS_USER": subscribers.user_of("bot"),
            "BANSTREAM_NATS_PASSWORD": NATS_PASSWORD,
            "BANSTREAM_NATS_CA_FILE": server.ca_file,
        }
        assert await run(server, "bot", 2, login) == [
            "infraction.issued roblox:156 aimbot",
            "infraction.lifted roblox:156 appeal granted",
        ]
        assert server.violations() == []


@pytest.mark.parametrize("name", ["consumer.py", "consumer.go", "consumer.mts"])
def test_every_language_names_what_the_contracts_name(name: str) -> None:
    """No toolchain for Go or TypeScript is needed for this."""
    text = SCRIPT.with_name(name).read_text()
    for said in (f'"{subjects.EVENTS}"', f'"{streams.EVENTS}"', permissions.inbox("")):
        assert said in text
    assert all(f"BANSTREAM_NATS_{each}" in text for each in ("USER", "PASSWORD", "CA_FILE"))
    for model, fields in ((InfractionIssued, {"type", "player", "reason"}), (Player, {"service", "id"})):
        assert fields <= model.model_fields.keys()
        assert all(field in text for field in fields)
