"""A player's history, and lifting what restricts a player."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import LiftRestrictions
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import GetHistory, HistoryPage
from banstream_gateway.answers import command_answer, history_json, infraction_json, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.requests import LiftRequest, PlaceQuery


async def lift(call: Call) -> web.Response:
    """Take punishments off a player."""
    command = lifting(call, call.path_player())
    result = await call.gateway.intake.submit(command)
    lifted = [infraction_json(each, for_staff=call.is_staff) for each in (result.infractions if result else ())]
    content = {"infractions": lifted, "position": result.position if result else None}
    return command_answer(result, command.command_id, content)


def lifting(call: Call, player: Player) -> LiftRestrictions:
    """The command of a call whose body is a LiftRequest. Raises Malformed or Invalid."""
    body: LiftRequest = call.body
    return build(
        call,
        LiftRestrictions,
        player=player,
        reason=body.reason,
        punishments=body.punishments,
        scopes=body.scopes,
        server_id=call.server_id,
        include_other_servers=body.include_other_servers,
    )


async def history(call: Call) -> web.Response:
    """What happened to a player."""
    query: PlaceQuery = call.query
    question = GetHistory(player=call.path_player(), cursor=query.cursor, limit=query.limit)
    page = await call.gateway.queries.ask(subjects.QUERY_HISTORY, question, HistoryPage)
    items = [history_json(entry, for_staff=call.is_staff) for entry in page.items]
    return json_answer({"items": items, "next": page.next})
