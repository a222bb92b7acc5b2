"""Builds what handlers work with from the settings: nothing is loaded yet, and the bus not connected."""

from collections.abc import Callable
from functools import partial

from banstream_contracts import streams
from banstream_contracts.results import CommandResult
from banstream_edge import queries as edge
from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.bus import Bus
from banstream_gateway.access import Door
from banstream_gateway.addresses import Addresses
from banstream_gateway.appeal_invitations import AppealInvitations
from banstream_gateway.bodies import Bodies
from banstream_gateway.endpoints import Gateway
from banstream_gateway.feed.bell import Seats
from banstream_gateway.feed.push_feed import Limits, PushFeed
from banstream_gateway.feed.ring import Ring
from banstream_gateway.game_servers.rpc_events import Blocks
from banstream_gateway.game_servers.state import GameServers
from banstream_gateway.game_servers.undecided import Undecided
from banstream_gateway.gflbans.answers import check_reply
from banstream_gateway.held.admins_held import Admins
from banstream_gateway.held.ban_list import BanList
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.held.watches import Watches
from banstream_gateway.intake import Intake
from banstream_gateway.limits import Places, Rate
from banstream_gateway.metrics import Metrics
from banstream_gateway.ndp import listing
from banstream_gateway.prepared import PreparedList
from banstream_gateway.queries import Queries
from banstream_gateway.repeats import Repeats
from banstream_gateway.settings import Settings
from banstream_gateway.vpn_wiring import vpn_lookup

_OF_THE_PAST = 2
"""Questions of a credential at once: infractions answers everybody's one after the other."""


def gateway_of(settings: Settings, bus: Bus) -> Gateway:
    """All that handlers share in one process."""
    metrics, restrictions, credentials, admins = Metrics(), Restrictions(), Credentials(), Admins()
    vpn = vpn_lookup(settings, metrics)
    watches = Watches(
        restrictions=BucketWatch(streams.RESTRICTIONS_BUCKET, restrictions),
        credentials=BucketWatch(streams.CREDENTIALS_BUCKET, credentials),
        admins=BucketWatch(streams.ADMINS_BUCKET, admins),
        networks=BucketWatch(streams.NETWORKS_BUCKET, vpn.marks),
    )
    addresses = _addresses(settings, restrictions)
    appeals = settings.appeal_invitations()
    push = _push_feed(settings, restrictions, credentials, appeals, lambda: watches.restrictions.is_loaded)
    intake = _intake(settings, bus, metrics, restrictions, partial(_apply_result, restrictions, credentials, admins))
    undecided = Undecided(intake.is_undecided, restrictions.position_of)
    queries = Queries(bus, settings.query_timeout_seconds)
    return Gateway(
        restrictions=restrictions,
        credentials=credentials,
        admins=admins,
        vpn=vpn,
        watches=watches,
        door=_door(settings, metrics, credentials, lambda: watches.credentials.is_loaded),
        bodies=Bodies(settings.body_limit_bytes, settings.request_timeout_seconds),
        intake=intake,
        queries=queries,
        addresses=addresses,
        metrics=metrics,
        push=push,
        ban_lists=_ban_lists(settings, restrictions, addresses),
        repeats=Repeats(),
        game_servers=_game_servers(
            settings, bus, queries, push, lambda found, now: check_reply(found, credentials, now, appeals), undecided
        ),
        past=Places(_OF_THE_PAST),
        position_seconds=settings.position_timeout_seconds,
        is_connected=lambda: bus.is_connected,
        notifier_key=_public_key(settings.notifier_sealing_public_key),
        ftp_sync_key=_public_key(settings.ftp_sync_sealing_public_key),
        dayz_feed_key=_public_key(settings.dayz_feed_sealing_public_key),
        guests_may_read=settings.gflbans_guests,
        appeals=appeals,
    )


def _addresses(settings: Settings, restrictions: Restrictions) -> Addresses:
    return Addresses(
        settings.address_key_bytes(),
        bytes.fromhex(settings.sealing_public_key),
        seal_names=settings.seal_names,
        is_held=lambda token: any(restrictions.lookup(token)),
    )


def _door(settings: Settings, metrics: Metrics, credentials: Credentials, is_open: Callable[[], bool]) -> Door:
    return Door(
        credentials,
        Rate(settings.rate_limit_per_second, settings.rate_limit_burst),
        is_open=is_open,
        rate_limited=metrics.rate_limited,
        refused=metrics.refused_credentials,
        trusted_proxies=settings.http_trusted_proxies,
    )


def _intake(
    settings: Settings,
    bus: Bus,
    metrics: Metrics,
    restrictions: Restrictions,
    on_result: Callable[[CommandResult], None],
) -> Intake:
    return Intake(
        bus,
        edge.Queries(bus, settings.query_timeout_seconds),
        on_result,
        metrics.writes,
        catch_up=lambda position: restrictions.wait_for(position, settings.position_timeout_seconds),
        publish_seconds=settings.publish_timeout_seconds,
        result_seconds=settings.command_timeout_seconds,
    )


def _apply_result(restrictions: Restrictions, credentials: Credentials, admins: Admins, result: CommandResult) -> None:
    """Read your writes: what this process asked for shows here at once, before the watch brings it."""
    for key, standing in result.standings.items():
        restrictions.apply_own(key, standing.model_dump_json().encode())
    if result.credential is not None:
        credentials.apply_own(result.credential)
    if result.admin is not None:
        admins.apply_own(result.admin)


def _push_feed(
    settings: Settings,
    restrictions: Restrictions,
    credentials: Credentials,
    appeals: AppealInvitations | None,
    are_loaded: Callable[[], bool],
) -> PushFeed:
    return PushFeed(
        Ring(settings.push_retention_seconds, settings.push_ring_length),
        restrictions,
        credentials,
        retention_seconds=settings.push_retention_seconds,
        seats=Seats(settings.push_clients),
        limits=Limits(settings.push_heartbeat_seconds, settings.push_send_timeout_seconds),
        are_restrictions_loaded=are_loaded,
        appeals=appeals,
    )


def _ban_lists(settings: Settings, restrictions: Restrictions, addresses: Addresses) -> PreparedList:
    """Lists in clear for clients that keep one of their own; none without the key that opens them."""
    key = settings.ban_list_key_bytes()
    bans = BanList(key or b"", lambda: restrictions.position, addresses.tokens)
    return PreparedList(bans, BucketWatch(streams.BAN_LIST_BUCKET, bans) if key else None, listing.write)


def _game_servers(
    settings: Settings, bus: Bus, queries: Queries, push: PushFeed, blocks: Blocks, undecided: Undecided
) -> GameServers:
    return GameServers(
        bus,
        queries,
        push,
        blocks,
        undecided,
        retention_seconds=settings.push_retention_seconds,
        resend_seconds=settings.rpc_resend_seconds,
        kick_seconds=settings.rpc_kick_seconds,
        body_seconds=settings.request_timeout_seconds,
    )


def _public_key(text: str | None) -> bytes | None:
    return bytes.fromhex(text or "") or None
