"""`GET /infractions/check`: what restricts a player now, from memory as the native check."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.http import RawRequestMessage

from banstream_contracts.infractions import Credential
from banstream_edge.check import Asking, strongest
from banstream_gateway.endpoints import Call, Gateway
from banstream_gateway.freshness import freshness
from banstream_gateway.gflbans.answers import check_reply, reply
from banstream_gateway.gflbans.auth import admit_reader
from banstream_gateway.gflbans.bodies import Fields
from banstream_gateway.gflbans.errors import Rejected, unprocessable
from banstream_gateway.gflbans.players import address_keys, player_key
from banstream_gateway.native.checks import held_for, reach

_OTHERS = "include_other_servers"


async def check(call: Call) -> web.StreamResponse:
    """A block for each punishment in force; `{}` for who is not restricted."""
    admit_reader(call)
    gateway, query = call.gateway, call.request.query
    server_id = asking_server(call)
    keys = _keys(gateway, query, server_id, ip=query.get("ip") if call.admitted is not None else None)
    includes = _includes_others(query)
    reached = await reach(call, keys, None)
    now = datetime.now(UTC)
    found = strongest(held_for(gateway, keys), Asking(server_id, includes), now)
    return reply(check_reply(found, gateway.credentials, now, gateway.appeals), headers=freshness(gateway, reached))


def asking_server(call: Call) -> str | None:
    """The asking server; None for a token or a guest."""
    return call.server_id if call.admitted is not None else None


def plain_keys(
    gateway: Gateway, credential: Credential, message: RawRequestMessage, _target: str, body: bytes
) -> Sequence[str] | None:
    """Whom a check without a body asks about; None for another. Raises Rejected."""
    query = message.url.query
    if body or not query:
        return None
    _includes_others(query)
    return _keys(gateway, query, credential.id if credential.kind == "server" else None, ip=query.get("ip"))


def _includes_others(query: Mapping[str, str]) -> bool:
    """Raises Rejected."""
    others = query.get(_OTHERS) or None
    return others == "true" or Fields({_OTHERS: others}).truth(_OTHERS, default=True)


def _keys(gateway: Gateway, query: Mapping[str, str], server_id: str | None, *, ip: str | None) -> list[str]:
    """The player's key, the address's, or both; guests learn nothing about addresses.

    A player whose id is not known yet, or cannot be, is still somebody who comes from an address.
    """
    try:
        keys = _player_keys(query.get("gs_service", ""), query.get("gs_id", ""))
    except Rejected:
        if not ip:
            raise
        keys = []
    if not (keys or ip):
        raise unprocessable("gs_id", "gs_service and gs_id, or ip, are needed")
    address = address_keys(gateway, ip, is_needed=not keys)
    if ip and server_id is not None:
        for key in address:
            gateway.game_servers.addresses.remember(server_id, key, ip)
    return keys + address


def _player_keys(service: str, player_id: str) -> list[str]:
    """The key of the player, if there is one. Raises Rejected."""
    if not (service or player_id):
        return []
    if not (service and player_id):
        raise unprocessable("gs_id", "gs_service and gs_id are only given together")
    return [player_key(service, player_id)]
