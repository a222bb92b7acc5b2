"""Wiring: the only place that builds things."""

from datetime import UTC, datetime

import asyncpg
from faststream import FastStream

from banstream_contracts import streams
from banstream_contracts.commands import COMMAND, AnyCommand
from banstream_decider import app
from banstream_decider.ports import Service
from banstream_infractions.handlers import router
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.reads import Reads
from banstream_infractions.relayed import sinks
from banstream_infractions.service import Infractions
from banstream_infractions.settings import NatsSettings, Settings
from banstream_runtime.identifiers import new_id


def create_app(settings: Settings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_infractions.app:create_app --factory` or `python -m`."""
    settings = settings or Settings()
    privacy = Privacy(settings.master_key_bytes())

    def decider(writer: "asyncpg.Connection[asyncpg.Record]") -> Infractions:
        return Infractions(PostgresStore(writer), privacy, lambda: datetime.now(UTC), new_id)

    service: Service[AnyCommand] = Service(
        streams.INFRACTIONS, streams.INFRACTIONS_INTAKE, COMMAND, decider=decider, sinks=sinks
    )
    return app.create_app(service, router, Reads, settings, nats_settings or NatsSettings())
