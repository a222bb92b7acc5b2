"""RPC events by polling, and kicks that are answered once the game server knows (facts gflbans 1.2, 2.7)."""

import asyncio

from aiohttp import web

from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.players import Player
from banstream_gateway.answers import JSON
from banstream_gateway.commands import build
from banstream_gateway.endpoints import CHECK, PUNISH, Call
from banstream_gateway.feed.ring import Cursor
from banstream_gateway.gflbans.auth import admit, admit_server
from banstream_gateway.gflbans.bodies import read_body
from banstream_gateway.gflbans.errors import NO_RIGHTS, Rejected
from banstream_gateway.gflbans.players import no_ip
from banstream_gateway.problems import MethodNotAllowed

ONLY_SERVERS = "Only servers may use this route!"
AT_ONCE = 10

_REASON = "Kicked by an admin"
_GLANCE_SECONDS = 0.5


async def poll(call: Call) -> web.Response:
    """The ten oldest events that wait; reading takes them, and who asks for the head alone would never see them."""
    if call.request.method == "HEAD":
        raise MethodNotAllowed(headers={"Allow": "GET"})
    credential = admit_server(call, CHECK, ONLY_SERVERS)
    servers = call.gateway.game_servers
    events = await servers.rpc.take(credential.id, AT_ONCE)
    body = b"[" + b",".join(servers.rpc_events.written(event, credential.id) for event in events) + b"]"
    return web.Response(body=body, headers={"Content-Type": JSON, "Cache-Control": "no-store"})


async def kick(call: Call) -> web.Response:
    """Have a player put off a server: 204 once it has the event, 504 when it does not take it."""
    credential = admit(call, PUNISH)
    if credential.kind == "server":
        raise Rejected(403, NO_RIGHTS)
    fields = await read_body(call)
    server_id = (fields.text("server_id", 64) or "").lower()
    nested = fields.nested("player")
    if nested is None:
        raise fields.wrong("player", "is missing")
    if call.gateway.credentials.kind_of(server_id) != "server":
        raise Rejected(404, "No such server")
    start, player = call.gateway.push.now(), no_ip(nested)
    await call.gateway.intake.submit(build(call, RequestKick, player=player, server_id=server_id, reason=_REASON))
    try:
        async with asyncio.timeout(call.gateway.game_servers.kick_seconds):
            await _taken(call, start, server_id, player)
    except TimeoutError:
        raise Rejected(504, "The game server did not take the event in time") from None
    return web.Response(status=204)


async def _taken(call: Call, start: Cursor, server_id: str, player: Player) -> None:
    """Wait until the event is there, then until the server has it. Raises Unavailable."""
    servers = call.gateway.game_servers
    while (event := servers.rpc_events.kick_after(start, server_id, player)) is None:
        await call.gateway.push.wait(server_id, _GLANCE_SECONDS)
    while not servers.rpc.has_taken(server_id, event):
        await servers.rpc.wait(server_id, _GLANCE_SECONDS)
