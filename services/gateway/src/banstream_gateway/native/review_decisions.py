"""One decision on many requests for review; each is carried out, and answered, by itself."""

import asyncio
from typing import Any
from uuid import uuid5

from aiohttp import web

from banstream_contracts.commands.requests import RejectRequest, RequestCommand
from banstream_gateway.answers import POSITION, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.native.review_requests import DecisionsRequest, RejectRequestBody
from banstream_gateway.native.reviewing import approval
from banstream_gateway.problems import Problem, Unavailable
from banstream_runtime.telemetry import correlation_id


async def decide_all(call: Call) -> web.Response:
    """Raises Unavailable where not a single decision could be stored: repeating all of them is safe."""
    call.only_staff()
    body: DecisionsRequest = call.body
    commands = _commands(call, body)
    done = await asyncio.gather(*(_decide(call, body, command) for command in commands))
    if all(item["status"] == "unavailable" for item, _ in done):
        raise Unavailable("No decision was acknowledged. Repeating them with the same Idempotency-Key is safe.")
    position = max(position for _, position in done)
    headers = {POSITION: str(position)} if position else None
    return json_answer({"items": [item for item, _ in done], "position": position}, headers=headers)


def _commands(call: Call, body: DecisionsRequest) -> list[RequestCommand]:
    """One a request, whose id is worked out of the one key that a client may send for all."""
    reason = body.reason or RejectRequestBody().reason
    made: list[RequestCommand] = [
        approval(call, request_id, body)
        if body.decision == "approve"
        else build(call, RejectRequest, request_id=request_id, reason=reason)
        for request_id in body.ids
    ]
    return [each.model_copy(update={"command_id": uuid5(each.command_id, each.request_id)}) for each in made]


async def _decide(call: Call, body: DecisionsRequest, command: RequestCommand) -> tuple[dict[str, Any], int]:
    """What became of it, and the position that holds it; 0 where none does."""
    item: dict[str, Any] = {"id": command.request_id, "command_id": str(command.command_id)}
    try:
        result = await call.gateway.intake.submit(command)
    except Problem as problem:
        status = "unavailable" if isinstance(problem, Unavailable) else "refused"
        return {**item, "status": status, "problem": problem.document(correlation_id().hex)}, 0
    if result is None:
        return {**item, "status": "accepted"}, 0
    infraction_ids = [each.id for each in result.infractions]
    status = "approved" if body.decision == "approve" else "rejected"
    return {**item, "status": status, "infraction_ids": infraction_ids}, result.position
