"""`python -m banstream_console`."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvloop
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from banstream_console.app import METRICS, create_app
from banstream_console.public import operations
from banstream_console.settings import Settings
from banstream_console.web.site import SITE
from banstream_runtime.impatient import Impatient, ImpatientRunner
from banstream_runtime.logs import configure_logs
from banstream_runtime.startup import listening_explained, settings_explained
from banstream_runtime.telemetry import configure_telemetry

HEAD_SECONDS = 10.0
"""How long the first request of a connection, and the head of each further one, may take to come."""
_PAGE = "docs/console.md"


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = create_app(settings)
    async with serving(app, settings.console_host, settings.console_port):
        if settings.metrics_port is None:
            await stop.wait()
            return
        async with serving(_own(app), settings.metrics_host, settings.metrics_port):
            await stop.wait()


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, head_seconds: float = HEAD_SECONDS) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which is chosen by the system where `port` is 0."""
    runner = ImpatientRunner(app, partial(Impatient, head_seconds=head_seconds), handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _own(app: web.Application) -> web.Application:
    """Probes and scrapes of this process, on a port that the public does not see."""

    async def metrics(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=generate_latest(app[METRICS]), headers={"Content-Type": CONTENT_TYPE_LATEST})

    own = web.Application()
    own[SITE] = app[SITE]
    own.router.add_get("/healthz", operations.healthz)
    own.router.add_get("/readyz", operations.readyz)
    own.router.add_get("/metrics", metrics)
    return own


def main() -> None:
    """Read the environment and run."""
    with settings_explained(_PAGE):
        settings = Settings()
    configure_logs("console", settings.log_level, settings.log_format)
    configure_telemetry("console")
    with listening_explained(_PAGE):
        uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
