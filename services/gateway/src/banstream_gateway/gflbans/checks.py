"""`GET /infractions/check`: what restricts a player now, from memory as the native check."""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from banstream_gateway.check import Asking, strongest
from banstream_gateway.checks import freshness, held_for, reach
from banstream_gateway.endpoints import Call
from banstream_gateway.gflbans.answers import check_reply, reply
from banstream_gateway.gflbans.auth import admit_reader
from banstream_gateway.gflbans.bodies import Fields
from banstream_gateway.gflbans.errors import unprocessable
from banstream_gateway.gflbans.players import address_keys, player_key

_OTHERS = "include_other_servers"


async def check(call: Call) -> web.StreamResponse:
    """A block for each punishment in force; `{}` for who is not restricted."""
    admit_reader(call)
    gateway, query = call.gateway, call.request.query
    server_id = asking_server(call)
    keys = _keys(call, query, server_id)
    others = query.get(_OTHERS) or None
    includes = others == "true" or Fields({_OTHERS: others}).truth(_OTHERS, default=True)
    reached = await reach(call, keys, None)
    held = held_for(gateway, keys)
    if (
        not held
        and not gateway.watches[0].stale_seconds()
        and (clean := gateway.gflbans_clean.at(reached, call.request))
    ):
        return clean
    now = datetime.now(UTC)
    found = strongest(held, Asking(server_id, includes), now)
    return reply(check_reply(found, gateway.credentials, now, gateway.appeals), headers=freshness(gateway, reached))


def asking_server(call: Call) -> str | None:
    """The asking server; None for a token or a guest."""
    return call.server_id if call.admitted is not None else None


def _keys(call: Call, query: Mapping[str, str], server_id: str | None) -> list[str]:
    """The player's key, the address's, or both; guests learn nothing about addresses."""
    service, player_id = query.get("gs_service") or None, query.get("gs_id") or None
    ip = query.get("ip") if call.admitted is not None else None
    if (service is None) != (player_id is None):
        raise unprocessable("gs_id", "gs_service and gs_id are only given together")
    if service is None and not ip:
        raise unprocessable("gs_id", "gs_service and gs_id, or ip, are needed")
    keys = [player_key(service, player_id)] if service is not None and player_id is not None else []
    address = address_keys(call.gateway, ip, is_needed=not keys)
    if ip and address and server_id is not None:
        call.gateway.game_servers.addresses.remember(server_id, address[0], ip)
    return keys + address
