"""/healthz, /readyz and /metrics of a service that has no HTTP of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from banstream_runtime.server_log import ServerLog

Readiness = Callable[[], Awaitable[dict[str, str]]]
"""What is missing or stale, by name; empty when ready."""


@asynccontextmanager
async def serve_health(host: str, port: int | None, readiness: Readiness) -> AsyncIterator[None]:
    """Answer on host:port while the block runs; nothing is opened where `port` is None."""
    if port is None:
        yield
        return

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        missing = await readiness()
        return web.json_response(
            {"status": "unready" if missing else "ready", "missing": missing}, status=503 if missing else 200
        )

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None, logger=ServerLog())
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def metrics(_request: web.Request) -> web.Response:
    """Prometheus' text form of everything this process counts."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
