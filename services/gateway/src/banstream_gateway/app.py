"""The only place that builds things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler
from nats.aio.client import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from banstream_contracts import streams
from banstream_contracts.results import CommandResult
from banstream_edge import queries as edge
from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.bus import Bus
from banstream_gateway.access import PATH_TOKEN, Door
from banstream_gateway.addresses import Addresses
from banstream_gateway.admins_held import Admins
from banstream_gateway.at_once import AtOnce
from banstream_gateway.ban_list import BanList
from banstream_gateway.bell import TRANSPORTS, Seats
from banstream_gateway.bodies import Bodies
from banstream_gateway.credentials import Credentials
from banstream_gateway.discord_wiring import attach, discord_interactions
from banstream_gateway.edge import UNKNOWN, framed, without_method, without_path
from banstream_gateway.endpoints import Endpoint, Gateway
from banstream_gateway.game_servers.state import GameServers
from banstream_gateway.game_servers.undecided import Undecided
from banstream_gateway.gflbans.answers import check_reply
from banstream_gateway.intake import Intake
from banstream_gateway.limits import Rate
from banstream_gateway.metrics import Metrics
from banstream_gateway.ndp import listing
from banstream_gateway.ndp.console_pages import console_pages
from banstream_gateway.prepared import PreparedList
from banstream_gateway.push_feed import Limits, PushFeed
from banstream_gateway.queries import Queries
from banstream_gateway.repeats import Repeats
from banstream_gateway.restrictions import Restrictions
from banstream_gateway.ring import Ring
from banstream_gateway.routes import ENDPOINTS
from banstream_gateway.server import AT_ONCE
from banstream_gateway.settings import Settings
from banstream_gateway.vpn_wiring import vpn_lookup
from banstream_runtime.tasks import ended

GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)

_Context = Callable[[web.Application], AsyncIterator[None]]


def create_app(settings: Settings) -> web.Application:
    """The whole gateway; the bus is connected in the background once the application starts."""
    bus = Bus(settings, f"banstream-gateway-{settings.worker}")
    gateway = _gateway(settings, bus)
    app = web.Application(client_max_size=settings.body_limit_bytes)
    app[GATEWAY] = gateway
    app[AT_ONCE] = AtOnce(gateway, traces=_are_traced()).answer
    discord = discord_interactions(settings, gateway)
    pages = console_pages(settings.console_url)
    _register(app.router, gateway, [*ENDPOINTS, *pages, *([discord.endpoint] if discord else ())])
    _expose(gateway)
    app.cleanup_ctx.append(_following(bus, gateway, settings.asn_database_check_seconds))
    if discord:
        attach(app, discord)
    app.on_shutdown.append(_release(gateway))
    return app


def _gateway(settings: Settings, bus: Bus) -> Gateway:
    metrics, restrictions, credentials, admins = Metrics(), Restrictions(), Credentials(), Admins()
    vpn = vpn_lookup(settings, metrics)
    appeals = settings.appeal_invitations()
    queries = Queries(bus, settings.query_timeout_seconds)
    rate = Rate(settings.rate_limit_per_second, settings.rate_limit_burst)
    watches = (
        BucketWatch(streams.RESTRICTIONS_BUCKET, restrictions),
        BucketWatch(streams.CREDENTIALS_BUCKET, credentials),
        BucketWatch(streams.ADMINS_BUCKET, admins),
        BucketWatch(streams.NETWORKS_BUCKET, vpn.marks),
    )
    addresses = Addresses(
        settings.address_key_bytes(),
        bytes.fromhex(settings.sealing_public_key),
        seal_names=settings.seal_names,
        is_held=lambda token: any(restrictions.lookup(token)),
    )
    push = _push_feed(settings, restrictions, credentials, lambda: watches[0].is_loaded)
    intake = Intake(
        bus,
        edge.Queries(bus, settings.query_timeout_seconds),
        partial(_apply_result, restrictions, credentials, admins),
        metrics.writes,
        catch_up=lambda position: restrictions.wait_for(position, settings.position_timeout_seconds),
        publish_seconds=settings.publish_timeout_seconds,
        result_seconds=settings.command_timeout_seconds,
    )
    return Gateway(
        restrictions=restrictions,
        credentials=credentials,
        admins=admins,
        vpn=vpn,
        watches=watches,
        door=Door(
            credentials,
            rate,
            is_open=lambda: watches[1].is_loaded,
            rate_limited=metrics.rate_limited,
            refused=metrics.refused_credentials,
        ),
        bodies=Bodies(settings.body_limit_bytes, settings.request_timeout_seconds),
        intake=intake,
        queries=queries,
        addresses=addresses,
        metrics=metrics,
        push=push,
        ban_lists=_ban_lists(settings, restrictions, addresses),
        repeats=Repeats(),
        game_servers=GameServers(
            bus,
            queries,
            push,
            lambda found, now: check_reply(found, credentials, now, appeals),
            Undecided(intake.is_undecided, restrictions.position_of),
            retention_seconds=settings.push_retention_seconds,
            resend_seconds=settings.rpc_resend_seconds,
            kick_seconds=settings.rpc_kick_seconds,
            body_seconds=settings.request_timeout_seconds,
        ),
        position_seconds=settings.position_timeout_seconds,
        is_connected=lambda: bus.is_connected,
        notifier_key=bytes.fromhex(settings.notifier_sealing_public_key or "") or None,
        ftp_sync_key=bytes.fromhex(settings.ftp_sync_sealing_public_key or "") or None,
        dayz_feed_key=bytes.fromhex(settings.dayz_feed_sealing_public_key or "") or None,
        guests_may_read=settings.gflbans_guests,
        appeals=appeals,
    )


def _ban_lists(settings: Settings, restrictions: Restrictions, addresses: Addresses) -> PreparedList:
    """Lists in clear for clients that keep one of their own; none without the key that opens them."""
    key = settings.ban_list_key_bytes()
    bans = BanList(key or b"", lambda: restrictions.position, addresses.tokens)
    return PreparedList(bans, BucketWatch(streams.BAN_LIST_BUCKET, bans) if key else None, listing.write)


def _push_feed(
    settings: Settings, restrictions: Restrictions, credentials: Credentials, are_loaded: Callable[[], bool]
) -> PushFeed:
    return PushFeed(
        Ring(settings.push_retention_seconds, settings.push_ring_length),
        restrictions,
        credentials,
        retention_seconds=settings.push_retention_seconds,
        seats=Seats(settings.push_clients),
        limits=Limits(settings.push_heartbeat_seconds, settings.push_send_timeout_seconds),
        are_restrictions_loaded=are_loaded,
        appeals=settings.appeal_invitations(),
    )


def _apply_result(restrictions: Restrictions, credentials: Credentials, admins: Admins, result: CommandResult) -> None:
    """Read your writes: what this process asked for shows here at once, before the watch brings it."""
    for key, standing in result.standings.items():
        restrictions.apply_own(key, standing.model_dump_json().encode())
    if result.credential is not None:
        credentials.apply_own(result.credential)
    if result.admin is not None:
        admins.apply_own(result.admin)


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
            resource.add_route("*", frame(without_method(answers), path))
        router.add_route("*", prefix + "/{rest:.*}", frame(without_path, UNKNOWN))


def _are_traced() -> bool:
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def _expose(gateway: Gateway) -> None:
    watch = gateway.metrics.watch
    watch("restrictions_held", "Players and addresses with a restriction.", lambda: len(gateway.restrictions))
    watch("credentials_held", "Credentials in memory.", lambda: len(gateway.credentials))
    watch("log_position", "The log position that checks have reached.", lambda: gateway.restrictions.position)
    watch("stale_seconds", "How long checks have been without news.", gateway.watches[0].stale_seconds)
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


def _following(bus: Bus, gateway: Gateway, database_seconds: float) -> _Context:
    """Follow the buckets while the application runs; the connection is closed after everything that uses it."""

    async def context(_app: web.Application) -> AsyncIterator[None]:
        tasks: list[asyncio.Task[None]] = []

        def start(work: Coroutine[object, object, None]) -> None:
            tasks.append(asyncio.create_task(work))

        async def connected(client: Client) -> None:
            await gateway.intake.listen(client)
            for watch in (*gateway.watches, *gateway.game_servers.watches, *gateway.ban_lists.watches):
                start(watch.run(client))
            start(gateway.push.source.run(client))

        bus.on_connect(connected)
        for watch in (*gateway.watches, *gateway.game_servers.watches, *gateway.ban_lists.watches):
            bus.on_break(watch.interrupt)
        bus.on_break(gateway.push.source.interrupt)
        start(gateway.vpn.database.run(database_seconds))
        start(gateway.ban_lists.run())
        start(bus.open())
        yield
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
