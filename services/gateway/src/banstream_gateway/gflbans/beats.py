"""Heartbeats: who was there in two beats hears what restricts them, and time connected runs (facts gflbans 2.5)."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import structlog
from aiohttp import web

from banstream_contracts.commands.infractions import ServeTime
from banstream_contracts.infractions import Actor, Credential
from banstream_edge.check import Asking, strongest
from banstream_gateway.endpoints import CHECK, Call, Gateway
from banstream_gateway.freshness import freshness
from banstream_gateway.game_servers.accounting import Beat
from banstream_gateway.gflbans import online_time
from banstream_gateway.gflbans.answers import check_reply, reply
from banstream_gateway.gflbans.auth import admit_server
from banstream_gateway.gflbans.bodies import Fields
from banstream_gateway.gflbans.errors import UNPROCESSABLE, Rejected
from banstream_gateway.gflbans.heartbeats import Heartbeat, Here, read
from banstream_gateway.native.checks import held_for
from banstream_gateway.problems import Problem, Unavailable
from banstream_runtime.telemetry import correlation_id

logger = structlog.stdlib.get_logger(__name__)

ONLY_SERVERS = "You must be authed as a server to use this route"


async def heartbeat(call: Call) -> web.Response:
    """Take a beat; whoever was in the one before as well is listed with their blocks, clean ones with none.

    Of a player about whom something is not decided yet nothing is said: the plugin goes by what it asked for.
    """
    credential = admit_server(call, CHECK, ONLY_SERVERS)
    gateway = call.gateway
    if not gateway.watches.restrictions.is_loaded:
        raise Unavailable("The restrictions are not loaded yet.")
    sent = await _read(call, credential.id)
    taken = await gateway.game_servers.presences.take(sent.presence)
    asking = Asking(credential.id, sent.include_other_servers)
    staying = [player for player in sent.players if player.identity in taken.beat.staying]
    answer = [
        {"player": player.shown, "check": _check(gateway, player, taken.beat, asking, sent.presence.beat_at)}
        for player in sent.players
        if player.identity in taken.present_twice and not _is_undecided(gateway, player)
    ]
    if taken.is_stored and taken.beat.seconds:
        await _count(gateway, credential, staying, taken.beat, asking, sent.presence.beat_at)
    return reply(answer, headers=freshness(gateway, gateway.restrictions.position))


async def _read(call: Call, server_id: str) -> Heartbeat:
    """Raises Rejected and what reading a body raises."""
    gateway = call.gateway
    content = await gateway.bodies.json(call.request, refuse_duplicates=False)
    if not isinstance(content, dict):
        raise Rejected(UNPROCESSABLE, "The body is no JSON object")
    sent = read(Fields(content), gateway.addresses, server_id, gateway.game_servers.now())
    for player in sent.players:
        for key in player.addresses:
            gateway.game_servers.addresses.remember(server_id, key, player.ip)
    return sent


def _is_undecided(gateway: Gateway, player: Here) -> bool:
    """Whether something is asked for about a player, or about an infraction that restricts them."""
    infractions = (each.infraction_id for each in held_for(gateway, player.keys))
    return gateway.game_servers.undecided.concerns(chain(player.keys, infractions))


def _check(gateway: Gateway, player: Here, beat: Beat, asking: Asking, now: datetime) -> dict[str, dict[str, Any]]:
    """What restricts a player once the time of this beat has been counted."""
    held = held_for(gateway, player.keys)
    if not held:
        return {}
    if player.identity in beat.staying:
        held = [*online_time.after(held, beat.seconds, asking, now)]
    return check_reply(strongest(held, asking, now), gateway.credentials, now, gateway.appeals)


async def _count(
    gateway: Gateway, server: Credential, staying: Sequence[Here], beat: Beat, asking: Asking, now: datetime
) -> None:
    """Have the time taken off every infraction that runs out while connected, of players or their addresses.

    A beat is answered whatever becomes of that: time that cannot be stored is time not served.
    """
    counted: dict[str, int] = {}
    for player in staying:
        counted |= online_time.served(held_for(gateway, player.keys), beat.seconds, asking, now)
    commands = [_command(server, each, seconds, beat.since or now) for each, seconds in counted.items()]
    for done in await asyncio.gather(*map(gateway.intake.store, commands), return_exceptions=True):
        if isinstance(done, Problem):
            logger.warning("time_not_counted", server_id=server.id, seconds=beat.seconds, reason=str(done))
        elif done is not None:
            raise done


def _command(server: Credential, infraction_id: str, seconds: int, since: datetime) -> ServeTime:
    return ServeTime(
        command_id=online_time.command_id(server.id, since, infraction_id),
        issued_at=datetime.now(UTC),
        actor=Actor(kind="server", id=server.id, name=server.name),
        correlation_id=correlation_id(),
        infraction_id=infraction_id,
        seconds=seconds,
        server_id=server.id,
    )
