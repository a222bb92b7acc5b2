"""Join checks and the list of bans, from memory."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from aiohttp import web
from aiohttp.http import RawRequestMessage

from banstream_contracts.infractions import Credential
from banstream_contracts.streams import BAN_LIST_BUCKET
from banstream_gateway.answers import JSON, POSITION
from banstream_gateway.appeal_invitations import hinted
from banstream_gateway.endpoints import CHECK, Call, Gateway
from banstream_gateway.freshness import freshness, staleness
from banstream_gateway.native.checks import reach
from banstream_gateway.ndp.access import admit
from banstream_gateway.ndp.answers import allowed, ndp_json
from banstream_gateway.ndp.listing import RELATED
from banstream_gateway.ndp.related import bans_in_force, related_addresses, related_players
from banstream_gateway.ndp.wishes import address_keys_of, key_of, read_object
from banstream_gateway.problems import Malformed, Unavailable

_SCOPES = frozenset({CHECK})


async def test(_call: Call) -> web.StreamResponse:
    """The original's sign of life."""
    return ndp_json({"status": "running"})


async def check_ban(call: Call) -> web.StreamResponse:
    """Whether an address or a name is banned; a banned address is told first."""
    gateway, asked = call.gateway, await _asked(call)
    admit(call, asked.get("verification"), _SCOPES)
    address_keys, player_keys = _keys(gateway, asked)
    reached = await reach(call, [*address_keys, *player_keys], None)
    if found := _of_address(call, address_keys, player_keys):
        return ndp_json(found, headers=freshness(gateway, reached))
    if found := _of_player(call, player_keys):
        return ndp_json(found, headers=freshness(gateway, reached))
    headers = freshness(gateway, reached)
    return web.Response(body=allowed(reached), content_type=JSON, headers=headers)


def plain_keys(
    gateway: Gateway, _credential: Credential, message: RawRequestMessage, _target: str, body: bytes
) -> Sequence[str] | None:
    """Whom a check without a body asks about; None for another. Raises Malformed."""
    return None if body else [*chain.from_iterable(_keys(gateway, message.url.query))]


async def bans(call: Call) -> web.StreamResponse:
    """Every ban that binds the asking server, in the words of all generations of clients."""
    admit(call, call.request.query.get("verification"), _SCOPES)
    gateway = call.gateway
    lists = gateway.ban_lists
    if not lists.is_known:
        raise Unavailable("The list of bans is not loaded yet.")
    described = {POSITION: str(lists.bans.position), **staleness(gateway, BAN_LIST_BUCKET)}
    return await lists.answer(call.request, call.server_id, described)


async def _asked(call: Call) -> dict[str, Any]:
    """The query, and what it does not name from the JSON body that NDP's documentation shows."""
    request = call.request
    body = await read_object(call) if request.body_exists else {}
    return {**{name: value for name, value in body.items() if value is not None}, **request.query}


def _keys(gateway: Gateway, asked: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of the address and those of the player, none of what is not asked about. Raises Malformed.

    One that cannot be read is no reason to let the other in where that is banned: plugins take an error for no ban, or
    go by older lists of theirs.
    """
    username = asked.get("username", "")
    if not isinstance(username, str):
        raise Malformed("username: is text")
    name = username.strip()
    try:
        address_keys = address_keys_of(gateway.addresses, asked.get("ip", ""))
    except Malformed:
        if not name:
            raise
        return (), (key_of(name),)
    try:
        return address_keys, (key_of(name),) if name else ()
    except Malformed:
        if not address_keys:
            raise
        return address_keys, ()


def _of_address(call: Call, keys: tuple[str, ...], player_keys: tuple[str, ...]) -> dict[str, object] | None:
    bans = bans_in_force(call, *keys, of=player_keys)
    if not bans:
        return None
    players = related_players(call, *keys, of=player_keys)
    cause = RELATED + players[0] if players else hinted(bans[-1], call.gateway.appeals)
    return {"action": "kick", "cause": cause, "info": {"related_players": players, "ban_type": "ip"}}


def _of_player(call: Call, keys: tuple[str, ...]) -> dict[str, object] | None:
    bans = bans_in_force(call, *keys)
    if not bans:
        return None
    addresses = related_addresses(call, *keys)
    said = {"ip": addresses[0] if addresses else "", "info": {"related_ips": addresses, "ban_type": "player"}}
    return {"action": "kick", "cause": hinted(bans[-1], call.gateway.appeals), **said}
