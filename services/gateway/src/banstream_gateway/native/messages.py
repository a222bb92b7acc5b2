"""What is said and done in the game: messages and kicks."""

from aiohttp import web

from banstream_contracts.commands.playing import RequestKick, SendMessage
from banstream_gateway.answers import command_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.native.abuse_requests import KickRequest, MessageRequest
from banstream_gateway.problems import Forbidden, UnknownCredential

_SHORT_ID_LENGTH = 24


async def send_to_all(call: Call) -> web.Response:
    """Show a text on every server."""
    if call.server_id is not None:
        raise Forbidden("A server sends messages to itself.")
    return await _send(call, None)


async def send(call: Call) -> web.Response:
    """Show a text on one server."""
    server_id = call.short_id("server_id")
    if server_id is None or call.gateway.credentials.kind_of(server_id) != "server":
        raise UnknownCredential
    if call.server_id not in {server_id, None}:
        raise Forbidden("A server sends messages to itself.")
    return await _send(call, server_id)


async def kick(call: Call) -> web.Response:
    """Have a player put off a server, or off all."""
    body: KickRequest = call.body
    server_id = call.as_server(body.server_id)
    call.require_server(server_id)
    command = build(call, RequestKick, player=call.path_player(), reason=body.reason, server_id=server_id)
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, {"position": result.position if result else None}, 201)


async def _send(call: Call, server_id: str | None) -> web.Response:
    """Results carry no message id: one made of the command's id is the same in the answer to a repeat."""
    body: MessageRequest = call.body
    player = body.player.player if body.player else None
    drafted = build(
        call, SendMessage, message_id="0" * _SHORT_ID_LENGTH, text=body.text, server_id=server_id, player=player
    )
    command = drafted.model_copy(update={"message_id": drafted.command_id.hex[:_SHORT_ID_LENGTH]})
    result = await call.gateway.intake.submit(command)
    content = {"message_id": command.message_id, "position": result.position if result else None}
    return command_answer(result, command.command_id, content, 201)
