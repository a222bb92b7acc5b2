"""The only place that builds things."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from nats.aio.client import Client
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from banstream_console import middleware
from banstream_console.access.accounts import Accounts
from banstream_console.access.commands import Commands
from banstream_console.access.questions import Questions
from banstream_console.access.sessions import Limits, Sessions
from banstream_console.access.staff import Staff
from banstream_console.live import feed, wall_changes
from banstream_console.live.presences import Presences
from banstream_console.live.pulse import Pulse
from banstream_console.live.state import LIVE, Live
from banstream_console.problems.exceptions import Away
from banstream_console.public import routes as public_routes
from banstream_console.public.appeals.limits import LIMITS, AppealLimits
from banstream_console.public.wall.answers import Wall
from banstream_console.public.wall.filters import question_of
from banstream_console.public.wall.shown_bans import Shows
from banstream_console.public.wall.state import WALL, PublicWall
from banstream_console.settings import Settings
from banstream_console.staff import routes as staff_routes
from banstream_console.staff.guard import guarded
from banstream_console.staff.signing_in import building
from banstream_console.web import templates
from banstream_console.web.site import NAVIGATION, SITE, Site
from banstream_contracts import streams
from banstream_contracts.queries.wall import GetWallStatistics
from banstream_edge import queries
from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.bus import Bus
from banstream_edge.intake import Intake
from banstream_runtime.tasks import ended

LARGEST_FORM_BYTES = 160 * 1024
"""The longest texts that a form takes, in letters of nine bytes each as Chinese ones are in a form."""

METRICS: web.AppKey[CollectorRegistry] = web.AppKey("metrics", CollectorRegistry)


def create_app(settings: Settings) -> web.Application:
    """The whole console; the bus is connected in the background once the application starts."""
    registry = CollectorRegistry()
    bus = Bus(settings, "banstream console")
    questions = Questions(bus, settings.query_timeout_seconds)
    static = Path(str(files("banstream_console").joinpath("static")))
    site = Site(
        settings=settings,
        zone=ZoneInfo(settings.console_time_zone),
        staff=_staff(settings, bus, questions, registry),
        assets=_digest(static),
    )
    wall, live = _wall(settings, questions), _live(settings)
    app = web.Application(
        middlewares=[middleware.Requests(registry).middleware, middleware.answering], client_max_size=LARGEST_FORM_BYTES
    )
    app[SITE], app[METRICS], app[NAVIGATION] = site, registry, staff_routes.NAVIGATION
    app[WALL], app[LIVE], app[LIMITS] = wall, live, AppealLimits(time.monotonic)
    app.on_response_prepare.append(middleware.secure)
    templates.prepare(app)
    building.prepare(app, settings.accounts_key_bytes(), site.staff)
    _route(app, static)
    _expose(registry, bus, wall)
    app.cleanup_ctx.append(_following(site, wall, live))
    app.on_shutdown.append(_release(wall.pulse, live.feed.pulse))
    return app


def _route(app: web.Application, static: Path) -> None:
    app.router.add_routes(public_routes.ROUTES)
    for page in staff_routes.PAGES:
        app.router.add_route(page.method, page.path, guarded(page))
        if page.method == "GET":
            app.router.add_route("HEAD", page.path, guarded(page))
    app.router.add_static("/static", static)


def _wall(settings: Settings, questions: Questions) -> PublicWall:
    pulse = Pulse(settings.console_live_clients)
    shows = Shows(
        names=settings.console_show_names,
        reasons=settings.console_show_reasons,
        ids=settings.console_show_ids,
        coordinates=settings.console_show_coordinates,
    )
    return PublicWall(Wall(questions, pulse, settings.console_delay_minutes), pulse, shows)


def _live(settings: Settings) -> Live:
    presences = Presences()
    return Live(
        feed.Feed(Pulse(settings.console_live_clients)), presences, BucketWatch(streams.PRESENCE_BUCKET, presences)
    )


def _expose(registry: CollectorRegistry, bus: Bus, wall: PublicWall) -> None:
    ProcessCollector(registry=registry)
    followers = Gauge("banstream_live_clients", "Clients that follow the wall.", registry=registry)
    followers.set_function(lambda: wall.pulse.followers)
    connected = Gauge("banstream_nats_connected", "Whether the bus is connected.", registry=registry)
    connected.set_function(lambda: float(bus.is_connected))


def _staff(settings: Settings, bus: Bus, questions: Questions, registry: CollectorRegistry) -> Staff:
    written = Counter(
        "banstream_console_commands", "Commands of staff by what became of them.", ["outcome"], registry=registry
    )
    accounts, sessions = Accounts(), Sessions(bus)
    intake = Intake(
        bus,
        queries.Queries(bus, settings.query_timeout_seconds),
        lambda _result: None,
        written,
        catch_up=_at_once,
        publish_seconds=settings.publish_timeout_seconds,
        result_seconds=settings.command_timeout_seconds,
    )
    bus.on_connect(intake.listen)
    return Staff(
        bus=bus,
        questions=questions,
        commands=Commands(intake),
        accounts=accounts,
        sessions=sessions,
        limits=Limits(
            absolute=timedelta(hours=settings.console_session_hours),
            idle=timedelta(minutes=settings.console_idle_minutes),
        ),
        watches=(BucketWatch(streams.ACCOUNTS_BUCKET, accounts), BucketWatch(streams.SESSIONS_BUCKET, sessions)),
    )


async def _at_once(_position: int) -> bool:
    """Pages read what services answer, which hold every command that they have answered."""
    return True


def _following(site: Site, wall: PublicWall, live: Live) -> Callable[[web.Application], AsyncIterator[None]]:
    """Connect in the background, and follow events and buckets while the application runs."""
    connected: list[Client] = []
    bus, settings = site.staff.bus, site.settings
    watches = (*site.staff.watches, live.presence_watch)

    async def hear(client: Client) -> None:
        connected.append(client)

    async def follow() -> None:
        await bus.open()
        with suppress(Away):  # what is remembered from now on is shown should the service go away
            await wall.answers.page(question_of({}, settings.console_page_length).wall)
            await wall.answers.statistics(GetWallStatistics(time_zone=site.zone.key))
        await asyncio.gather(
            wall_changes.follow(connected[0], wall.pulse, settings.console_delay_minutes),
            feed.follow(connected[0], live.feed),
            *(each.run(connected[0]) for each in watches),
        )

    async def context(_app: web.Application) -> AsyncIterator[None]:
        following = asyncio.create_task(follow())
        yield
        await ended(following)
        await bus.close()

    bus.on_connect(hear)
    for each in watches:
        bus.on_break(each.interrupt)
    return context


def _release(*pulses: Pulse) -> Callable[[web.Application], Awaitable[None]]:
    """Who follows is answered when the listening socket closes, or the process would have to wait as long."""

    async def release(_app: web.Application) -> None:
        for pulse in pulses:
            pulse.close()

    return release


def _digest(folder: Path) -> str:
    content = b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
    return sha256(content).hexdigest()[:12]
