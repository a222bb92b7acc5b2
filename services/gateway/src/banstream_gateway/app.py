"""The application: routes, metrics, and what runs while it does. It and the `…_wiring` modules alone build things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler
from nats.aio.client import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from banstream_edge.bus import Bus
from banstream_gateway.access import PATH_TOKEN
from banstream_gateway.at_once import AtOnce
from banstream_gateway.copies_wiring import Copies, copies_of
from banstream_gateway.discord_wiring import attach, discord_interactions
from banstream_gateway.edge import OTHER, UNKNOWN, framed, without_method, without_path
from banstream_gateway.endpoints import Endpoint, Gateway
from banstream_gateway.feed.bell import TRANSPORTS
from banstream_gateway.gateway_wiring import gateway_of
from banstream_gateway.ndp.console_pages import console_pages
from banstream_gateway.routes import ENDPOINTS
from banstream_gateway.server import AT_ONCE
from banstream_gateway.settings import Settings
from banstream_runtime.tasks import ended

GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)

_Context = Callable[[web.Application], AsyncIterator[None]]


def create_app(settings: Settings) -> web.Application:
    """The whole gateway; the bus is connected in the background once the application starts."""
    bus = Bus(settings, f"banstream-gateway-{settings.worker}")
    gateway = gateway_of(settings, bus)
    app = web.Application(client_max_size=settings.body_limit_bytes)
    app[GATEWAY] = gateway
    app[AT_ONCE] = AtOnce(gateway, traces=_are_traced()).answer
    discord = discord_interactions(settings, gateway)
    pages = console_pages(settings.console_url)
    _register(app.router, gateway, [*ENDPOINTS, *pages, *([discord.endpoint] if discord else ())])
    copies = copies_of(settings, gateway)
    _expose(gateway, copies)
    app.cleanup_ctx.append(_following(bus, gateway, copies, settings.asn_database_check_seconds))
    if discord:
        attach(app, discord)
    app.on_shutdown.append(_release(gateway))
    return app


def _register(router: web.UrlDispatcher, gateway: Gateway, endpoints: Iterable[Endpoint]) -> None:
    """Every path once plain and once behind a token, then what answers other methods and other paths."""
    frame = partial(framed, metrics=gateway.metrics, traces=_are_traced())
    by_path: dict[str, dict[str, Handler]] = {}
    for endpoint in endpoints:
        answer = frame(endpoint.bound(gateway), endpoint.path)
        by_path.setdefault(endpoint.path, {}).update(dict.fromkeys(endpoint.methods, answer))
    for prefix in ("", f"/t/{{{PATH_TOKEN}}}"):
        for path, answers in by_path.items():
            resource = router.add_resource(prefix + path)
            for method, answer in answers.items():
                resource.add_route(method, answer)
            resource.add_route("*", frame(without_method(answers), path, counted_as=OTHER))
        router.add_route("*", prefix + "/{rest:.*}", frame(without_path, UNKNOWN, counted_as=OTHER))


def _are_traced() -> bool:
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def _expose(gateway: Gateway, copies: Copies | None) -> None:
    watch = gateway.metrics.watch
    watch("restrictions_held", "Players and addresses with a restriction.", lambda: len(gateway.restrictions))
    watch("credentials_held", "Credentials in memory.", lambda: len(gateway.credentials))
    watch("log_position", "The log position that checks have reached.", lambda: gateway.restrictions.position)
    watch("stale_seconds", "How long checks have been without news.", gateway.watches.restrictions.stale_seconds)
    push = gateway.push
    watch("push_ring_length", "Pushes that can be read again.", lambda: len(push.ring))
    watch("push_newest_sequence", "The last sequence of EVENTS in the feed.", lambda: push.ring.cursor.sequence)
    waiting = {transport: partial(push.seats.taken.__getitem__, transport) for transport in TRANSPORTS}
    gateway.metrics.watch_each("push_clients", "Clients that wait, by transport.", "transport", waiting)
    vpn = gateway.vpn
    watch("admins_held", "Admins in memory.", lambda: len(gateway.admins))
    watch("networks_held", "Marked networks in memory.", lambda: len(vpn.marks))
    watch("asn_database_loaded", "Whether an ASN database is in use.", lambda: float(vpn.database.is_loaded))
    watch("asn_database_built_seconds", "When it was built, since 1970.", lambda: vpn.database.built_at)
    watch("vpn_opinions_held", "Addresses a provider was asked about.", lambda: len(vpn.opinions))
    bans = gateway.ban_lists.bans
    watch("listed_bans_held", "Bans in memory for clients with lists of their own.", lambda: len(bans))
    servers = gateway.game_servers
    watch("servers_online", "Game servers with a recent beat.", lambda: servers.presences.count(servers.now()))
    watch("nats_connected", "Whether the bus is connected.", lambda: float(gateway.is_connected()))
    answered = "Buckets that checks are answered from a copy of."
    watch("copied_buckets", answered, lambda: sum(each.copied_at is not None for each in gateway.watches))
    watch("copies_kept", "Copies on disk that are kept.", lambda: copies.keeping.kept if copies else 0)
    failing = "Whether copies should be written and cannot be."
    watch("copy_failing", failing, lambda: float(copies is not None and copies.keeping.is_failing))


def _following(bus: Bus, gateway: Gateway, copies: Copies | None, database_seconds: float) -> _Context:
    """Follow the buckets while the application runs; the connection is closed after everything that uses it.

    The copies say last what is held before that is no longer followed.
    """

    async def context(_app: web.Application) -> AsyncIterator[None]:
        tasks: list[asyncio.Task[None]] = []
        watches = (*gateway.watches, *gateway.game_servers.watches, *gateway.ban_lists.watches)

        def start(work: Coroutine[object, object, None]) -> None:
            tasks.append(asyncio.create_task(work))

        async def connected(client: Client) -> None:
            await gateway.intake.listen(client)
            for watch in watches:
                start(watch.run(client))
            start(gateway.push.source.run(client))

        bus.on_connect(connected)
        for watch in watches:
            bus.on_break(watch.interrupt)
        bus.on_break(gateway.push.source.interrupt)
        start(gateway.vpn.database.run(database_seconds))
        start(gateway.ban_lists.run())
        start(bus.open())
        if copies:
            start(copies.restoring.run())
        keeping = asyncio.create_task(copies.keeping.run()) if copies else None
        yield
        if copies and keeping:
            await copies.close(keeping)
        while tasks:  # connecting may add some until it is cancelled itself
            await ended(tasks.pop())
        await gateway.vpn.opinions.close()
        await bus.close()

    return context


def _release(gateway: Gateway) -> Callable[[web.Application], Awaitable[None]]:
    """Who waits for pushes is answered when the listening socket closes, or the process would have to wait as long."""

    async def release(_app: web.Application) -> None:
        gateway.push.close()

    return release
