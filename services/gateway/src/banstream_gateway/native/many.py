"""Many commands of one request: carried out together, and what became of each."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from aiohttp import web

from banstream_contracts.commands.command import Command
from banstream_contracts.results import CommandResult, RefusalCode
from banstream_gateway.answers import POSITION, json_answer
from banstream_gateway.endpoints import Call
from banstream_gateway.problems import Refused

Became: TypeAlias = CommandResult | Refused | None
"""What became of a command: its result, why it was refused, or None where it is stored and not decided in time."""


async def carried_out(call: Call, commands: Iterable[Command]) -> list[Became]:
    """What became of each, in their order. Raises Unavailable, where some may be stored and repeating is safe."""
    return await asyncio.gather(*(_submitted(call, each) for each in commands))


def became_json(
    became: Became, where_nothing_was_left_to_do: str, of_refusal: Mapping[RefusalCode, str]
) -> dict[str, str]:
    """What is to be said other than what was expected."""
    if became is None:
        return {"outcome": "accepted"}
    if isinstance(became, Refused):
        return {"outcome": of_refusal.get(became.refusal.code, "refused"), "detail": became.refusal.message}
    return {"outcome": where_nothing_was_left_to_do} if became.status == "unchanged" else {}


def many_answer(content: dict[str, Any], became: Iterable[Became]) -> web.Response:
    """The content, with the position that holds all that was done."""
    positions = [each.position for each in became if isinstance(each, CommandResult)]
    if not positions:
        return json_answer(content)
    return json_answer({**content, "position": max(positions)}, headers={POSITION: str(max(positions))})


async def _submitted(call: Call, command: Command) -> Became:
    try:
        return await call.gateway.intake.submit(command)
    except Refused as refused:
        return refused
