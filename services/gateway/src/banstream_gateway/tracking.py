"""What became of a command that was answered with 202."""

from typing import Any
from uuid import UUID

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.queries import CommandFound, GetCommand
from banstream_contracts.results import CommandResult
from banstream_gateway.answers import infraction_json, json_answer
from banstream_gateway.endpoints import Call
from banstream_gateway.problems import Unavailable, UnknownCommand


async def find(call: Call) -> web.Response:
    """The state of a command.

    `pending` is said of what this process has stored itself; of an id from elsewhere nobody can tell stored but
    not yet carried out from never seen, so that is 404, or 503 while infractions is away.
    """
    command_id = _command_id(call)
    is_ours = call.gateway.intake.has_accepted(command_id)
    try:
        question = GetCommand(command_id=command_id)
        found = await call.gateway.queries.ask(subjects.QUERY_COMMAND, question, CommandFound)
    except Unavailable:
        if not is_ours:
            raise
        found = CommandFound(result=None)
    if found.result is not None:
        return json_answer(_state(call, found.result))
    if not is_ours:
        raise UnknownCommand
    return json_answer({"command_id": str(command_id), "status": "pending"})


def _state(call: Call, result: CommandResult) -> dict[str, Any]:
    state: dict[str, Any] = {
        "command_id": str(result.command_id),
        "status": result.status,
        "position": result.position,
        "infractions": [infraction_json(each, for_staff=call.is_staff) for each in result.infractions],
    }
    if result.refusal is not None:
        state["refusal"] = {"code": result.refusal.code, "message": result.refusal.message}
    return state


def _command_id(call: Call) -> UUID:
    try:
        return UUID(call.request.match_info["command_id"])
    except ValueError:
        raise UnknownCommand from None
