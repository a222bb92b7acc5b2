"""For operators and tools."""

from aiohttp import web

from banstream_console.web.site import site_of


async def healthz(_request: web.Request) -> web.StreamResponse:
    """Whether the process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.StreamResponse:
    """503 while nobody could be asked; the wall is then shown as it was."""
    missing = {} if site_of(request).staff.bus.is_connected else {"nats": "not connected"}
    return web.json_response(
        {"status": "unready" if missing else "ready", "missing": missing}, status=503 if missing else 200
    )


async def robots(_request: web.Request) -> web.StreamResponse:
    """Names of people are not for search engines to keep."""
    return web.Response(text="User-agent: *\nDisallow: /\n")


ROUTES = (
    web.get("/healthz", healthz),
    web.get("/readyz", readyz),
    web.get("/robots.txt", robots),
)
"""Every address for operators and tools."""
