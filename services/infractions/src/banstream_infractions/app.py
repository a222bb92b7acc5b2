"""Wiring: the only place that builds things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog
from faststream import ContextRepo, FastStream
from faststream.nats import NatsBroker
from faststream.nats.security import NatsSecurity, NatsUserPassword
from nats.aio.client import Client

from banstream_event_log.postgres import create_pool
from banstream_infractions.handlers import AnswerErrors, router
from banstream_infractions.leader import Leader
from banstream_infractions.privacy import Privacy
from banstream_infractions.readiness import Readiness
from banstream_infractions.reads import Reads
from banstream_infractions.settings import NatsSettings, Settings
from banstream_runtime.connection import PING_SECONDS, RECONNECT_SECONDS, connect, tls_context
from banstream_runtime.health import serve_health
from banstream_runtime.identifiers import new_id
from banstream_runtime.logs import configure_logs
from banstream_runtime.telemetry import configure_telemetry

logger = structlog.stdlib.get_logger(__name__)


def create_app(settings: Settings | None = None, nats_settings: NatsSettings | None = None) -> FastStream:
    """The service; `faststream run banstream_infractions.app:create_app --factory` or `python -m`."""
    settings = settings or Settings()
    nats_settings = nats_settings or NatsSettings()
    configure_logs("infractions", settings.log_level, settings.log_format)
    configure_telemetry("infractions")
    broker = NatsBroker(
        nats_settings.nats_url.split(","),
        name="banstream infractions queries",
        security=_security(nats_settings),
        ping_interval=PING_SECONDS,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type] # annotated int, used as seconds of any kind
        middlewares=[AnswerErrors],
        logger=None,
    )
    broker.include_router(router)

    @asynccontextmanager
    async def lifespan(context: ContextRepo) -> AsyncIterator[None]:
        """Queries need the pool, the leader its own connections: both are there before the broker starts.

        At the end the leader stops first, in the middle of nothing: a batch that is not committed comes again.
        """
        database_url = settings.database_url.get_secret_value()
        privacy = Privacy(settings.master_key_bytes())
        leader = Leader(database_url, privacy, lambda: datetime.now(UTC), new_id)
        client = await connect(nats_settings, "banstream infractions", on_disconnect=leader.cut)
        async with create_pool(database_url) as pool:
            reads = Reads(pool, lambda: leader.is_leading)
            context.set_global("reads", reads)
            async with serve_health(settings.metrics_host, settings.metrics_port, Readiness(reads, client)):
                leading = asyncio.create_task(_lead(leader, client, app))
                yield
                leader.stop()
                leading.cancel()
                with suppress(asyncio.CancelledError):
                    await leading
        await client.close()

    app = FastStream(broker, lifespan=lifespan, logger=None)
    return app


async def _lead(leader: Leader, client: Client, app: FastStream) -> None:
    """A bug in the leader ends the process, for its supervisor to start anew and say so."""
    try:
        await leader.run(client)
    except Exception:
        logger.exception("leader_broken")
        app.exit()
        raise


def _security(settings: NatsSettings) -> NatsSecurity:
    tls = tls_context(settings)
    if settings.nats_user is None or settings.nats_password is None:
        return NatsSecurity(ssl_context=tls)
    return NatsUserPassword(settings.nats_user, settings.nats_password.get_secret_value(), ssl_context=tls)
