"""Wiring: the only place that builds things."""

from datetime import UTC, datetime
from functools import partial

import asyncpg
from faststream import FastStream
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.commands.log_sources import LOG_SOURCE_COMMAND, AnyLogSourceCommand
from banstream_contracts.events.log_sources import LOG_SOURCE_EVENT
from banstream_dayz_feed.follower import Follower
from banstream_dayz_feed.handlers import router
from banstream_dayz_feed.ledger import Ledger
from banstream_dayz_feed.places import Places
from banstream_dayz_feed.projection import LOG_SOURCES
from banstream_dayz_feed.reads import Reads
from banstream_dayz_feed.record import Record
from banstream_dayz_feed.service import deciding
from banstream_dayz_feed.settings import NatsSettings, Settings
from banstream_dayz_feed.worker import Worker
from banstream_decider import app
from banstream_decider.ports import Decider, Service
from banstream_decider.relaying import event_stream_alone
from banstream_decider.store import PostgresDocumentStore
from banstream_decider.turns import alongside
from banstream_runtime.identifiers import new_id


def create_app(settings: Settings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_dayz_feed.app:create_app --factory` or `python -m`."""
    settings = settings or Settings()
    places = Places(
        settings.master_key,
        settings.dayz_feed_local_root,
        str(settings.dayz_feed_authorities) if settings.dayz_feed_authorities else None,
        settings.dayz_feed_timeout_seconds,
    )

    def decider(writer: "asyncpg.Connection[asyncpg.Record]") -> Decider[AnyLogSourceCommand]:
        return deciding(PostgresDocumentStore(writer, LOG_SOURCES), places, lambda: datetime.now(UTC), new_id)

    def reads(pool: "asyncpg.Pool[asyncpg.Record]") -> Reads:
        return Reads(pool, places)

    service: Service[AnyLogSourceCommand] = Service(
        streams.DAYZ_FEED,
        streams.DAYZ_INTAKE,
        LOG_SOURCE_COMMAND,
        decider=decider,
        sinks=event_stream_alone(streams.DAYZ_FEED, LOG_SOURCE_EVENT),
    )
    running = app.create_app(service, router, reads, settings, nats_settings or NatsSettings())
    alongside(running, partial(_follower, settings, places))
    return running


def _follower(settings: Settings, places: Places, client: Client) -> Follower:
    def worker(record: Record, ledger: Ledger) -> Worker:
        return Worker(record, ledger, places, settings.dayz_feed_longest_pause_seconds)

    return Follower(settings.database_url.get_secret_value(), client, worker)
