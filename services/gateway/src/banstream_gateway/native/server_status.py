"""How game servers are: what their last beat said, from memory. Addresses of players are not in it."""

from datetime import datetime
from typing import Any

from aiohttp import web

from banstream_contracts.streams import PRESENCE_BUCKET
from banstream_gateway.answers import ServerStatusAnswer, json_answer
from banstream_gateway.endpoints import ADMIN, CHECK, PUNISH, Call, Endpoint, Gateway
from banstream_gateway.freshness import staleness
from banstream_gateway.game_servers.accounting import Presence
from banstream_gateway.problems import UnknownCredential


async def get_status(call: Call) -> web.Response:
    """The status of one server, and who is there."""
    server_id = call.short_id("credential_id")
    if server_id is None or call.gateway.credentials.kind_of(server_id) != "server":
        raise UnknownCredential
    call.as_server(server_id)
    last, headers = _last(call.gateway, server_id), staleness(call.gateway, PRESENCE_BUCKET)
    if last is None:
        return json_answer({"server_id": server_id, "online": False}, headers=headers)
    players = [{"service": player.service, "id": player.id} for player in last.players]
    return json_answer({"server_id": server_id, "online": True, **_said(last), "players": players}, headers=headers)


def summary(gateway: Gateway, server_id: str) -> dict[str, Any]:
    """What a list of servers shows of one."""
    last = _last(gateway, server_id)
    return {"online": False} if last is None else {"online": True, **_said(last)}


def _last(gateway: Gateway, server_id: str) -> Presence | None:
    servers = gateway.game_servers
    return servers.presences.online(server_id, servers.now())


def _said(last: Presence) -> dict[str, Any]:
    said: dict[str, str | int | bool | datetime | None] = {
        "last_beat_at": last.beat_at,
        "hostname": last.hostname,
        "map": last.map,
        "mod": last.mod,
        "operating_system": last.operating_system,
        "max_slots": last.max_slots,
        "locked": last.locked,
        "player_count": len(last.players),
    }
    return {name: value for name, value in said.items() if value is not None}


SERVER_STATUS = [
    Endpoint(
        "GET",
        "/v1/servers/{credential_id}/status",
        get_status,
        "What a server's last beat said, while it is online.",
        frozenset({CHECK, PUNISH, ADMIN}),
        answers={200: ServerStatusAnswer},
    )
]
