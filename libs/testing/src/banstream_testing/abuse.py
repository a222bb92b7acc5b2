"""The abuse tracker running inside a test, and the commands that gateways send it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from faststream import FastStream
from pydantic import SecretStr

from banstream_abuse_tracker.app import create_app
from banstream_abuse_tracker.settings import NatsSettings, ServiceSettings
from banstream_contracts.abuse import Incident
from banstream_contracts.commands.abuse import RecordIncidents
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_runtime.identifiers import new_id
from banstream_testing.applications import running
from banstream_testing.fixtures import Database
from banstream_testing.servers import NatsServer

SERVER_ID = "01948a00000000000000beef"
GAME_SERVER = Actor(kind="server", id=SERVER_ID, name="EU 1")
STAFF = Actor(kind="token", id="01948a00000000000000cafe", name="moderator")
PLAYER = Player(service="roblox", id="1")


def asked(actor: Actor = STAFF, **values: Any) -> dict[str, Any]:
    """What every command carries."""
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "actor": actor, "correlation_id": new_id()}
    return {**common, **values}


def incident(reason: str = "speed_hack", player: Player = PLAYER, **values: Any) -> Incident:
    """One report; a new one each time."""
    incident_id: UUID = new_id()
    common = {"incident_id": incident_id, "reported_id": str(incident_id), "occurred_at": datetime.now(UTC)}
    return Incident(**{**common, "player": player, "reason": reason, **values})


def report(*incidents: Incident, **values: Any) -> RecordIncidents:
    """A game server's report."""
    return RecordIncidents(**asked(GAME_SERVER, **{"server_id": SERVER_ID, "incidents": incidents, **values}))


@asynccontextmanager
async def tracker(nats: NatsServer, database: Database) -> AsyncIterator[FastStream]:
    """The abuse tracker service."""
    settings = ServiceSettings(database_url=SecretStr(database.abuse_url))
    app = create_app(settings, NatsSettings(nats_url=nats.url))
    async with running(app):
        yield app
