"""Join checks: answered from memory, without NATS and without the database."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import chain

from aiohttp import web
from aiohttp.http import RawRequestMessage

from banstream_contracts.infractions import Credential
from banstream_contracts.players import canonical_id, subject_token
from banstream_edge.check import Asking, of_those, strongest
from banstream_gateway.answers import POSITION, json_answer, restrictions_json
from banstream_gateway.endpoints import Call, Gateway, read_player
from banstream_gateway.freshness import freshness
from banstream_gateway.held.standings import Restriction
from banstream_gateway.problems import Malformed, Unavailable, invalid
from banstream_gateway.requests import BulkCheckRequest, CheckQuery, PlayerReference, PositionQuery
from banstream_privacy.addresses import InvalidAddress

_LARGEST_POSITION = 2**63 - 1
_PLAIN = re.compile(
    r"/v1/players/([a-z0-9_-]{1,32})/([A-Za-z0-9_-]{1,128})/restrictions(?:\?ip=([0-9A-Fa-f.:]{2,64}))?"
)


async def get_restrictions(call: Call) -> web.StreamResponse:
    """What restricts one player now."""
    query: CheckQuery = call.query
    gateway, match = call.gateway, call.request.match_info
    keys = [_path_token(match["service"], match["id"])]
    if query.ip is not None:
        keys.extend(address_keys(gateway, query.ip, "query.ip"))
    server_id = call.as_server(query.server)
    reached = await reach(call, keys, query.position)
    found = strongest(held_for(gateway, keys), Asking(server_id, query.include_other_servers), datetime.now(UTC))
    content = {"restrictions": restrictions_json(found, gateway.appeals), "position": reached}
    return json_answer(content, headers=freshness(gateway, reached))


def plain_keys(
    gateway: Gateway, _credential: Credential, message: RawRequestMessage, target: str, _body: bytes
) -> Sequence[str] | None:
    """Whom a plain check asks about; None for one that is not plain. Raises ValueError."""
    plain = _PLAIN.fullmatch(target) if message.method == "GET" else None
    if plain is None:
        return None
    service, player_id, ip = plain.groups()
    token = subject_token(service, canonical_id(service, player_id))
    return (token,) if ip is None else (token, *gateway.addresses.tokens(ip))


async def check_players(call: Call) -> web.Response:
    """What restricts each of up to 500 players now."""
    body: BulkCheckRequest = call.body
    query: PositionQuery = call.query
    gateway = call.gateway
    keys = [_keys(gateway, player, index) for index, player in enumerate(body.players)]
    asking = Asking(call.as_server(body.server), body.include_other_servers)
    reached = await reach(call, [*chain.from_iterable(keys)], query.position)
    now = datetime.now(UTC)
    results = [
        {
            "player": {"service": player.service, "id": player.canonical},
            "restrictions": restrictions_json(strongest(held, asking, now), gateway.appeals) if held else {},
        }
        for player, of_player in zip(body.players, keys, strict=True)
        for held in (held_for(gateway, of_player),)
    ]
    return json_answer({"results": results, "position": reached}, headers=freshness(gateway, reached))


def held_for(gateway: Gateway, keys: Collection[str]) -> list[Restriction]:
    """What is held for any of the keys of one player and their address, in force or not."""
    lookup = gateway.restrictions.lookup
    return of_those((restriction for key in keys for restriction in lookup(key)), keys)


async def reach(call: Call, keys: list[str], position: int | None) -> int:
    """Wait a moment for the position that the caller asks for; the position that was reached.

    Raises Unavailable while nothing is loaded: an error is never answered as "not banned".
    """
    gateway = call.gateway
    held = gateway.restrictions
    if not gateway.watches.restrictions.is_loaded:
        raise Unavailable("The restrictions are not loaded yet.")
    wanted = position if position is not None else _wanted(call.request)
    if wanted is None:
        return held.position
    if not held.covers(keys, wanted):
        await held.wait_for(wanted, gateway.position_seconds)
    return max(held.position, wanted) if held.covers(keys, wanted) else held.position


def address_keys(gateway: Gateway, text: str, field: str) -> tuple[str, ...]:
    """The keys that an address may be restricted under. Raises Invalid."""
    try:
        return gateway.addresses.tokens(text)
    except InvalidAddress as error:
        raise invalid(field, str(error)) from None


def _path_token(service: str, player_id: str) -> str:
    """The key of a player; pydantic is left to what is not plain, since it costs more than the whole lookup."""
    if service == "roblox" and player_id.isascii() and player_id.isdecimal():
        try:
            return subject_token(service, canonical_id(service, player_id))
        except ValueError as error:
            raise invalid("path.id", str(error)) from None
    return read_player(service, player_id).token


def _keys(gateway: Gateway, player: PlayerReference, index: int) -> tuple[str, ...]:
    token = subject_token(player.service, player.canonical)
    return (token,) if player.ip is None else (token, *address_keys(gateway, player.ip, f"players.{index}.ip"))


def _wanted(request: web.Request) -> int | None:
    text = request.headers.get(POSITION)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(_LARGEST_POSITION)):
        raise Malformed(f"The header {POSITION} is a whole number.")
    return int(text)
