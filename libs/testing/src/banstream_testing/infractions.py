"""The service running inside a test, against real servers, driven over NATS as a gateway does."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from faststream import FastStream
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError
from pydantic import SecretStr

from banstream_contracts import headers, streams, subjects
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.encoding import encoded
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.infractions import Actor, Lifetime, Punishment
from banstream_contracts.players import Player
from banstream_contracts.results import CommandResult
from banstream_infractions.app import create_app
from banstream_infractions.settings import NatsSettings, Settings
from banstream_privacy.key_ring import written_keys
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.connection import connect
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.applications import running
from banstream_testing.fixtures import Database
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams

MASTER_KEY = bytes(range(32))
FTP_SYNC_KEY = bytes(range(96, 128))
ADDRESS_KEY = bytes(range(32, 64))
MODERATOR = Actor(kind="token", id="0" * 24, name="moderator")


def issue(player_id: str = "1", **changes: Any) -> IssueInfraction:
    """A permanent global ban of a Roblox player."""
    values: dict[str, Any] = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": MODERATOR,
        "correlation_id": new_id(),
        "infraction_id": new_short_id(),
        "player": Player(service="roblox", id=player_id),
        "punishments": (Punishment.BAN,),
        "lifetime": Lifetime.PERMANENT,
        "reason": "aimbot",
    }
    return IssueInfraction(**{**values, **changes})


@dataclass
class Bus:
    """What a gateway does with the bus."""

    client: Client

    async def send(self, command: Command) -> CommandResult:
        """Publish a command and wait for its result."""
        return (await self.send_all([command]))[0]

    async def send_all(self, commands: Sequence[Command]) -> list[CommandResult]:
        """Publish commands at once and wait for every result."""
        inbox = self.client.new_inbox()
        replies = await self.client.subscribe(inbox)
        for command in commands:
            await self.publish(command, reply_to=inbox)
        results = [CommandResult.model_validate_json((await replies.next_msg(60)).data) for _ in commands]
        await replies.unsubscribe()
        return results

    async def publish(self, command: Command, reply_to: str = "") -> None:
        """Publish a command only."""
        await self.client.jetstream().publish(
            subjects.command(command),
            encoded(command),
            headers={headers.MESSAGE_ID: str(command.command_id), headers.REPLY_TO: reply_to},
        )

    async def events(self, count: int) -> list[Msg]:
        """The first messages of EVENTS, waiting until there are so many."""
        subscription = await self.client.jetstream().subscribe(subjects.EVENTS, ordered_consumer=True)
        messages = [await subscription.next_msg(60) for _ in range(count)]
        await subscription.unsubscribe()
        return messages

    async def entry(self, bucket: str, key: str) -> Any:
        """A KV value; None where there is none."""
        try:
            message = await self.client.jetstream().get_last_msg(f"KV_{bucket}", f"$KV.{bucket}.{key}")
        except NotFoundError:
            return None
        return json.loads(message.data or b"null")


@asynccontextmanager
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    """A connection to fresh streams."""
    client = await connect(NatsSettings(nats_url=nats.url), "test", timeout_seconds=30)
    await fresh_streams(client)
    try:
        yield Bus(client)
    finally:
        await client.close()


@asynccontextmanager
async def service(
    nats: NatsServer, database: Database, master_key: bytes = MASTER_KEY, **changes: Any
) -> AsyncIterator[FastStream]:
    """The infractions service; `changes` are further settings."""
    settings = Settings(
        database_url=SecretStr(database.service_url),
        master_key=SecretStr(written_keys(master_key)),
        ftp_sync_sealing_public_key=sealing_public_key(FTP_SYNC_KEY).hex(),
        address_key=SecretStr(ADDRESS_KEY.hex()),
        **changes,
    )
    app = create_app(settings, NatsSettings(nats_url=nats.url))
    async with running(app):
        yield app


@contextmanager
def service_process(
    nats: NatsServer,
    database_url: str,
    package: str = "banstream_infractions",
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator["subprocess.Popen[bytes]"]:
    """A deciding service as a process of its own, to be killed."""
    environment = {
        **os.environ,
        "BANSTREAM_NATS_URL": nats.url,
        "BANSTREAM_DATABASE_URL": database_url,
        "BANSTREAM_MASTER_KEY": MASTER_KEY.hex(),
        **settings,
    }
    running = subprocess.Popen([sys.executable, "-m", package, "serve"], env=environment)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


RESTRICTIONS = streams.RESTRICTIONS_BUCKET
