"""Wiring: the only place that builds things."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
from faststream import FastStream
from nats.js import JetStreamContext

from banstream_contracts import streams
from banstream_contracts.infraction_messages import COMMAND, AnyCommand
from banstream_decider import app
from banstream_decider.ports import Service
from banstream_event_log.fresh import Fresh
from banstream_event_log.relay import Sink
from banstream_infractions.handlers import router
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.queries.appeals_reads import AppealReads
from banstream_infractions.queries.ban_reads import AddressKeys
from banstream_infractions.queries.personal_reads import PersonalReads
from banstream_infractions.queries.reads import Reads
from banstream_infractions.queries.search_reads import SearchKeys, SearchReads
from banstream_infractions.relayed import sinks
from banstream_infractions.service import Infractions
from banstream_infractions.settings import NatsSettings, Settings
from banstream_infractions.sinks.ban_list import BanListBucket
from banstream_privacy.sharing import accounts_key, consoles_key
from banstream_runtime.identifiers import new_id


def create_app(settings: Settings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_infractions.app:create_app --factory` or `python -m`."""
    settings = settings or Settings()
    privacy = Privacy(settings.master_key_bytes())
    terms = settings.terms()
    fresh = Fresh()

    def decider(writer: "asyncpg.Connection[asyncpg.Record]") -> Infractions:
        return Infractions(PostgresStore(writer, fresh=fresh), privacy, lambda: datetime.now(UTC), new_id, terms)

    def feeds(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
        """The list first: a gateway whose list is as far as its restrictions has a whole one."""
        return BanListBucket(jetstream, connection, settings.master_key_bytes()), *sinks(jetstream, connection)

    service: Service[AnyCommand] = Service(
        streams.INFRACTIONS, streams.INFRACTIONS_INTAKE, COMMAND, decider=decider, sinks=feeds, fresh=fresh
    )
    address_keys = AddressKeys(settings.master_key_bytes(), _key_of_ftp_sync(settings))

    consoles = consoles_key(accounts_key(settings.master_key_bytes()))

    def reads(pool: "asyncpg.Pool[asyncpg.Record]") -> Reads:
        return Reads(
            pool,
            address_keys,
            AppealReads(pool, settings.master_key_bytes(), terms.appeals.wait_seconds),
            SearchReads(pool, SearchKeys(consoles, settings.address_key_bytes())),
            PersonalReads(pool, settings.master_key_bytes(), consoles),
        )

    return app.create_app(service, router, reads, settings, nats_settings or NatsSettings())


def _key_of_ftp_sync(settings: Settings) -> bytes | None:
    return bytes.fromhex(settings.ftp_sync_sealing_public_key or "") or None
