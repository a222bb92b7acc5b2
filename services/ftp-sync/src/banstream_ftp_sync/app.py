"""Wiring: the only place that builds things."""

from datetime import UTC, datetime
from functools import partial

import aiohttp
import asyncpg
from faststream import FastStream
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.commands.ban_files import BAN_FILE_COMMAND, AnyBanFileCommand
from banstream_contracts.events.ban_files import BAN_FILE_EVENT
from banstream_decider import app
from banstream_decider.ports import Decider, Service
from banstream_decider.relaying import event_stream_alone
from banstream_decider.store import PostgresDocumentStore
from banstream_decider.turns import alongside
from banstream_ftp_sync.attempt import Means
from banstream_ftp_sync.handlers import router
from banstream_ftp_sync.keeper import Keeper
from banstream_ftp_sync.ledger import Ledger
from banstream_ftp_sync.places import Rules
from banstream_ftp_sync.projection import BAN_FILES
from banstream_ftp_sync.reads import Reads
from banstream_ftp_sync.sealing import Opener
from banstream_ftp_sync.service import deciding
from banstream_ftp_sync.settings import NatsSettings, Settings
from banstream_ftp_sync.worker import Pace
from banstream_runtime.identifiers import new_id


def create_app(settings: Settings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_ftp_sync.app:create_app --factory` or `python -m`."""
    settings = settings or Settings()
    rules = Rules(settings.folders, settings.ftp_sync_timeout_seconds, settings.ftp_sync_nitrado_url)
    opener = Opener(settings.master_key, rules)

    def decider(writer: "asyncpg.Connection[asyncpg.Record]") -> Decider[AnyBanFileCommand]:
        return deciding(PostgresDocumentStore(writer, BAN_FILES), opener, lambda: datetime.now(UTC), new_id)

    def reads(pool: "asyncpg.Pool[asyncpg.Record]") -> Reads:
        return Reads(pool, opener, settings.ftp_sync_timeout_seconds)

    service: Service[AnyBanFileCommand] = Service(
        streams.FTP_SYNC,
        streams.FTP_SYNC_INTAKE,
        BAN_FILE_COMMAND,
        decider=decider,
        sinks=event_stream_alone(streams.FTP_SYNC, BAN_FILE_EVENT),
        has_targets=True,
    )
    running = app.create_app(service, router, reads, settings, nats_settings or NatsSettings())
    alongside(running, partial(_Keeping, settings, opener))
    return running


class _Keeping:
    """The keeper, and the session that its attempts use."""

    def __init__(self, settings: Settings, opener: Opener, client: Client) -> None:
        self._session = aiohttp.ClientSession()
        pace = Pace(
            check=settings.ftp_sync_check_seconds,
            gather=settings.ftp_sync_gather_seconds,
            longest_pause=settings.ftp_sync_longest_pause_seconds,
            timeout=settings.ftp_sync_timeout_seconds,
            bans=settings.ftp_sync_bans_seconds,
        )

        def means(ledger: Ledger) -> Means:
            seconds, patience = settings.ftp_sync_attempt_seconds, settings.ftp_sync_failing_seconds
            return Means(ledger, opener, self._session, seconds, patience)

        url = settings.database_url.get_secret_value()
        self._keeper = Keeper(url, client, means, pace, settings.ftp_sync_receipt_days)

    async def run(self) -> None:
        """See `Keeper`."""
        async with self._session:
            await self._keeper.run()

    def stop(self) -> None:
        """See `Keeper`."""
        self._keeper.stop()
