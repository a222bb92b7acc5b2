"""Wiring: the only place that builds things."""

from datetime import UTC, datetime

import asyncpg
from faststream import FastStream

from banstream_abuse_tracker.handlers import router
from banstream_abuse_tracker.postgres import PostgresStore
from banstream_abuse_tracker.reads import Reads
from banstream_abuse_tracker.relayed import sinks
from banstream_abuse_tracker.service import deciding
from banstream_abuse_tracker.settings import NatsSettings, ServiceSettings
from banstream_contracts import streams
from banstream_contracts.commands.abuse import ABUSE_COMMAND, AnyAbuseCommand
from banstream_decider import app
from banstream_decider.ports import Decider, Service
from banstream_event_log.fresh import Fresh
from banstream_runtime.identifiers import new_id

_MAX_BATCH = 20
"""A command may hold 500 incidents."""


def create_app(settings: ServiceSettings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_abuse_tracker.app:create_app --factory` or `python -m`."""
    fresh = Fresh()

    def decider(writer: "asyncpg.Connection[asyncpg.Record]") -> Decider[AnyAbuseCommand]:
        return deciding(PostgresStore(writer, fresh), lambda: datetime.now(UTC), new_id)

    service: Service[AnyAbuseCommand] = Service(
        streams.ABUSE_TRACKER,
        streams.ABUSE_INTAKE,
        ABUSE_COMMAND,
        decider=decider,
        sinks=sinks,
        max_batch=_MAX_BATCH,
        fresh=fresh,
    )
    return app.create_app(service, router, Reads, settings or ServiceSettings(), nats_settings or NatsSettings())
