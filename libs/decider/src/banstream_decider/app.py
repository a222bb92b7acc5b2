"""A deciding service as a FastStream application: queries by handlers, everything else by the leader."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import structlog
from faststream import ContextRepo, FastStream
from faststream.nats import NatsRouter
from nats.aio.client import Client

from banstream_decider.application import Application
from banstream_decider.broker import SteadyBroker
from banstream_decider.leader import Leader
from banstream_decider.measurements import Measurements
from banstream_decider.ports import AnyOfIts, Service
from banstream_decider.queries import answering_router
from banstream_decider.readiness import Readiness
from banstream_decider.settings import ServiceSettings
from banstream_decider.status import status_of
from banstream_event_log.postgres import create_pool, terminate_soon
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.health import serve_health
from banstream_runtime.logs import configure_logs
from banstream_runtime.tasks import ended
from banstream_runtime.telemetry import configure_telemetry

logger = structlog.stdlib.get_logger(__name__)


MakeReads = Callable[["asyncpg.Pool[asyncpg.Record]"], object]
"""What answers a service's own queries; its handlers find it in the context as `reads`."""


def create_app(
    service: Service[AnyOfIts],
    router: NatsRouter,
    make_reads: MakeReads,
    settings: ServiceSettings,
    nats_settings: NatsSettings,
) -> FastStream:
    """The application of a service."""
    configure_logs(service.name, settings.log_level, settings.log_format)
    configure_telemetry(service.name)
    name = f"banstream {service.name}"
    broker = SteadyBroker(nats_settings, f"{name} handlers", router, answering_router(service.name))
    answering = asyncio.Event()

    @asynccontextmanager
    async def lifespan(context: ContextRepo) -> AsyncIterator[None]:
        """Queries need the pool, the leader its own connections: both are there before the broker starts.

        Who cannot be asked yet does not lead; who waits for NATS is well, and not ready.
        At the end the leader stops first, in the middle of nothing: a batch that is not committed comes again.
        """
        database_url = settings.database_url.get_secret_value()
        leader = Leader(database_url, service)
        client: Client | None = None

        def is_connected() -> bool:
            return client is not None and client.is_connected and broker.is_connected

        async with create_pool(database_url) as pool:
            status = partial(status_of, leader, pool)
            async with serve_health(settings.metrics_host, settings.metrics_port, Readiness(status, is_connected)):
                client = await app.unless_stopped(connect(nats_settings, name, on_disconnect=leader.cut))
                if client is None:
                    yield
                    return
                context.set_global("reads", make_reads(pool))
                context.set_global("client", client)
                context.set_global("pool", pool)
                context.set_global("status", status)
                leading = asyncio.create_task(_lead(leader, client, app, answering))
                measuring = asyncio.create_task(Measurements(client, service, status).run())
                try:
                    yield
                finally:
                    leader.stop()
                    for task in (measuring, leading):
                        await ended(task)
        await client.close()

    app = Application(broker, lifespan)

    @app.after_startup
    async def started() -> None:
        answering.set()

    @app.on_shutdown
    async def stopping() -> None:
        """Queries that wait for a frozen database end before what they are answered by."""
        if pool := app.context.get("pool"):
            terminate_soon(pool)

    return app


async def _lead(leader: Leader[AnyOfIts], client: Client, app: FastStream, answering: asyncio.Event) -> None:
    """A bug in the leader ends the process, for its supervisor to start anew and say so."""
    await answering.wait()
    try:
        await leader.run(client)
    except Exception:
        logger.exception("leader_broken")
        app.exit()
        raise
