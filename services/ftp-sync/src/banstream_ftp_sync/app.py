"""Wiring: the only place that builds things."""

from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp
import asyncpg
from faststream import Context, FastStream
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.ban_file_commands import BAN_FILE_COMMAND, AnyBanFileCommand
from banstream_decider import app
from banstream_decider.ports import Decider, Service
from banstream_decider.turns import Alongside
from banstream_ftp_sync.attempt import Means
from banstream_ftp_sync.handlers import router
from banstream_ftp_sync.keeper import Keeper
from banstream_ftp_sync.ledger import Ledger
from banstream_ftp_sync.places import Rules
from banstream_ftp_sync.postgres import PostgresStore
from banstream_ftp_sync.reads import Reads
from banstream_ftp_sync.relayed import sinks
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
        return deciding(PostgresStore(writer), opener, lambda: datetime.now(UTC), new_id)

    def reads(pool: "asyncpg.Pool[asyncpg.Record]", is_leading: Callable[[], bool]) -> Reads:
        return Reads(pool, is_leading, opener, settings.ftp_sync_timeout_seconds)

    service: Service[AnyBanFileCommand] = Service(
        streams.FTP_SYNC, streams.FTP_SYNC_INTAKE, BAN_FILE_COMMAND, decider=decider, sinks=sinks, has_targets=True
    )
    running = app.create_app(service, router, reads, settings, nats_settings or NatsSettings())
    _keep_alongside(running, settings, opener)
    return running


def _keep_alongside(running: FastStream, settings: Settings, opener: Opener) -> None:
    """Files are written once queries are answered, and no more before the connections for that are closed."""
    alongside = Alongside(running)

    @running.after_startup
    async def begin(client: Client = Context("client")) -> None:  # noqa: B008 - FastStream fills it
        alongside.begin(_Keeping(settings, opener, client))

    running.on_shutdown(alongside.end)


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
            return Means(ledger, opener, self._session, settings.ftp_sync_attempt_seconds)

        url = settings.database_url.get_secret_value()
        self._keeper = Keeper(url, client, means, pace, settings.ftp_sync_receipt_days)

    async def run(self) -> None:
        """See `Keeper`."""
        async with self._session:
            await self._keeper.run()

    def stop(self) -> None:
        """See `Keeper`."""
        self._keeper.stop()
