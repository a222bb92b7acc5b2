"""The notifier running inside a test, receivers of its webhooks, and commands that gateways send it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from faststream import FastStream
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from banstream_contracts import headers, subjects
from banstream_contracts.commands.notifier import CreateTarget
from banstream_contracts.events.event import Event, stored
from banstream_contracts.events.infractions import InfractionIssued, InfractionLifted
from banstream_contracts.infractions import Lifetime, Punishment, Scope, Severity
from banstream_contracts.notifier_targets import TargetKind
from banstream_contracts.players import Player
from banstream_contracts.public_events import published
from banstream_notifier.app import create_app
from banstream_notifier.settings import NatsSettings, Settings
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.abuse import STAFF, asked
from banstream_testing.applications import running
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus
from banstream_testing.loopback import on_loopback
from banstream_testing.servers import NatsServer, free_port

NOTIFIER_KEY = bytes(range(64, 96))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

_SETTINGS: dict[str, Any] = {
    "notifier_master_key": SecretStr(NOTIFIER_KEY.hex()),
    "notifier_allow_private_targets": True,
    "notifier_longest_pause_seconds": 0.2,
}


def sealed(text: str) -> str:
    """As a gateway seals."""
    return seal(sealing_public_key(NOTIFIER_KEY), text)


def new_target(url: str, kind: TargetKind = TargetKind.DISCORD, **values: Any) -> CreateTarget:
    """A target at a URL; a webhook gets `SECRET`."""
    common: dict[str, Any] = {
        "target_id": new_short_id(),
        "kind": kind,
        "name": "Test target",
        "sealed_url": sealed(url),
        "sealed_secret": sealed(SECRET) if kind is TargetKind.WEBHOOK else None,
    }
    return CreateTarget(**asked(**{**common, **values}))


async def happen(to: Bus, *events: Event) -> list[str]:
    """Publish events as a relay does; returns their ids."""
    ids = []
    for position, event in enumerate(events, 1):
        values = stored(event)
        event_id = new_id()
        sent = headers.cloud_event(
            event_id=event_id,
            event_type=values["type"],
            source=headers.source(event.service),
            subject=event.stream,
            occurred_at=event.occurred_at,
            position=position,
        )
        subject = subjects.relayed_event(values["type"], event.token)
        await to.client.jetstream().publish(
            subject, json.dumps(published(values)).encode(), headers={**sent, headers.MESSAGE_ID: str(event_id)}
        )
        ids.append(str(event_id))
    return ids


def issued(number: int = 1, **values: Any) -> InfractionIssued:
    """A ban whose reason is its number."""
    common: dict[str, Any] = {
        "infraction_id": f"{number:024x}",
        "player": Player(service="roblox", id=str(number + 1)),
        "player_name": f"player {number}",
        "punishments": (Punishment.BAN,),
        "lifetime": Lifetime.PERMANENT,
        "reason": f"reason {number}",
        "scope": Scope.GLOBAL,
        "severity": Severity.HIGH,
        "actor": STAFF,
        "occurred_at": datetime.now(UTC),
    }
    return InfractionIssued(**{**common, **values})


def lifted(number: int = 1, **values: Any) -> InfractionLifted:
    """The end of such a ban."""
    common: dict[str, Any] = {
        "infraction_id": f"{number:024x}",
        "player": Player(service="roblox", id=str(number + 1)),
        "punishments": (Punishment.BAN,),
        "ended": True,
        "reason": f"lifted {number}",
        "scope": Scope.GLOBAL,
        "actor": STAFF,
        "occurred_at": datetime.now(UTC),
    }
    return InfractionLifted(**{**common, **values})


@asynccontextmanager
async def notifier(nats: NatsServer, database: Database, **settings: Any) -> AsyncIterator[FastStream]:
    """The notifier service."""
    given = {"database_url": SecretStr(database.notifier_url), **_SETTINGS, **settings}
    app = create_app(Settings(**given), NatsSettings(nats_url=nats.url))
    async with running(app):
        yield app


@dataclass(slots=True)
class Receiver:
    """A receiver of webhooks: verifies each signature, then answers what `answer` says.

    `tried` are the ids of all requests, `events` the bodies of those that were accepted.
    """

    port: int = field(default_factory=free_port)
    answer: Callable[[dict[str, Any]], web.StreamResponse] = lambda _event: web.Response(status=204)
    tried: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens, or would."""
        return f"http://127.0.0.1:{self.port}/hooks/of-a-test"

    @property
    def ids(self) -> list[str]:
        """Of the accepted events, in order."""
        return [event["id"] for event in self.events]

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        body = await request.text()
        sent = {name.lower(): value for name, value in request.headers.items()}
        try:
            event: dict[str, Any] = Webhook(SECRET).verify(body, sent)
        except WebhookVerificationError:
            return web.Response(status=401)
        self.tried.append(sent["webhook-id"])
        self.headers.append(sent)
        answer = self.answer(event)
        if 200 <= answer.status < 300:
            self.events.append(event)
        return answer

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        """Answer until the end; then connections are refused."""
        app = web.Application()
        app.router.add_post("/hooks/of-a-test", self.receive)
        async with on_loopback(app, self.port):
            yield self
