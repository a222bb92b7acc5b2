"""The only place that builds things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from nats.aio.client import Client
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector

from banstream_console import frame, rendering
from banstream_console.bus import Bus
from banstream_console.filters import question_of
from banstream_console.pages import api, hall_of_shame, live, operations
from banstream_console.problems import Away
from banstream_console.pulse import Pulse
from banstream_console.settings import Settings
from banstream_console.showing import Shows
from banstream_console.site import SITE, Site
from banstream_console.wall import Wall
from banstream_console.watching import watch
from banstream_contracts.wall_queries import GetWallStatistics

METRICS: web.AppKey[CollectorRegistry] = web.AppKey("metrics", CollectorRegistry)


def create_app(settings: Settings) -> web.Application:
    """The whole console; the bus is connected in the background once the application starts."""
    registry = CollectorRegistry()
    bus = Bus(settings, settings.query_timeout_seconds)
    pulse = Pulse(settings.console_live_clients)
    static = Path(str(files("banstream_console").joinpath("static")))
    site = Site(
        settings=settings,
        zone=ZoneInfo(settings.console_time_zone),
        shows=Shows(
            names=settings.console_show_names,
            reasons=settings.console_show_reasons,
            ids=settings.console_show_ids,
            coordinates=settings.console_show_coordinates,
        ),
        pulse=pulse,
        wall=Wall(bus, pulse, settings.console_delay_minutes),
        assets=_digest(static),
    )
    app = web.Application(middlewares=[frame.Requests(registry).middleware, frame.answering], client_max_size=1024)
    app[SITE], app[METRICS] = site, registry
    app.on_response_prepare.append(frame.secure)
    rendering.prepare(app)
    _route(app, static)
    _expose(registry, site)
    app.cleanup_ctx.append(_following(bus, site))
    app.on_shutdown.append(_release(pulse))
    return app


def _route(app: web.Application, static: Path) -> None:
    get = app.router.add_get
    get("/", hall_of_shame.home)
    get(hall_of_shame.PATH, hall_of_shame.hall_of_shame)
    get(f"{hall_of_shame.PATH}/live", live.live, allow_head=False)
    get("/api/bans", api.bans)
    get("/api/statistics", api.statistics)
    get("/api/bans.csv", api.table)
    get("/bans.csv", api.table)
    get("/healthz", operations.healthz)
    get("/readyz", operations.readyz)
    get("/robots.txt", operations.robots)
    app.router.add_static("/static", static)


def _expose(registry: CollectorRegistry, site: Site) -> None:
    ProcessCollector(registry=registry)
    followers = Gauge("banstream_live_clients", "Clients that follow the wall.", registry=registry)
    followers.set_function(lambda: site.pulse.followers)
    connected = Gauge("banstream_nats_connected", "Whether the bus is connected.", registry=registry)
    connected.set_function(lambda: float(site.wall.is_connected))


def _following(bus: Bus, site: Site) -> Callable[[web.Application], AsyncIterator[None]]:
    """Follow events while the application runs."""

    async def follow(client: Client) -> None:
        with suppress(Away):  # what is remembered from now on is shown should the service go away
            await site.wall.page(question_of({}, site.settings.console_page_length).wall)
            await site.wall.statistics(GetWallStatistics(time_zone=site.zone.key))
        await watch(client, site.pulse, site.settings.console_delay_minutes)

    async def context(_app: web.Application) -> AsyncIterator[None]:
        following = asyncio.create_task(bus.run(follow))
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following

    return context


def _release(pulse: Pulse) -> Callable[[web.Application], Awaitable[None]]:
    """Who follows is answered when the listening socket closes, or the process would have to wait as long."""

    async def release(_app: web.Application) -> None:
        pulse.close()

    return release


def _digest(folder: Path) -> str:
    content = b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
    return sha256(content).hexdigest()[:12]
