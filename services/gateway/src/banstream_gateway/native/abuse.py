"""A player's abuse: read it, dismiss all of it, protect the player from automatic bans."""

from datetime import UTC, datetime

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.abuse import DismissIncidents, ProtectPlayer, UnprotectPlayer
from banstream_contracts.infractions import Punishment
from banstream_contracts.queries.abuse import AbuseFound, GetAbuse, ListProtected, ProtectedPage
from banstream_edge.check import Asking, strongest
from banstream_gateway.answers import json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.freshness import freshness
from banstream_gateway.native.abuse_answers import abuse_json
from banstream_gateway.native.abuse_requests import AbuseQuery, DismissRequest, ProtectedQuery, UnprotectRequest
from banstream_gateway.native.checks import held_for, reach
from banstream_gateway.native.incidents import changed
from banstream_gateway.requests import ReasonRequest


async def find(call: Call) -> web.Response:
    """A player's history from the abuse tracker; whether a ban holds from memory, as a check says it."""
    query: AbuseQuery = call.query
    player, server_id = call.path_player(), call.as_server(query.server_id)
    question = GetAbuse(player=player, server_id=server_id, cursor=query.cursor, limit=query.limit)
    reached = await reach(call, [player.token], None)
    found = await call.gateway.queries.ask(subjects.QUERY_ABUSE, question, AbuseFound)
    held = held_for(call.gateway, [player.token])
    restrictions = strongest(held, Asking(server_id), datetime.now(UTC))
    content = abuse_json(found, restrictions.get(Punishment.BAN))
    return json_answer(content, headers=freshness(call.gateway, reached))


async def dismiss(call: Call) -> web.Response:
    """Take incidents of a player out of the count: those named, or all."""
    call.only_staff()
    body: DismissRequest = call.body
    command = build(
        call, DismissIncidents, player=call.path_player(), incident_ids=body.incident_ids, reason=body.reason
    )
    return changed(await call.gateway.intake.submit(command), command.command_id)


async def protected(call: Call) -> web.Response:
    """A page of protected players."""
    query: ProtectedQuery = call.query
    question = ListProtected(cursor=query.cursor, limit=query.limit)
    page = await call.gateway.queries.ask(subjects.QUERY_PROTECTED, question, ProtectedPage)
    return json_answer(page.model_dump(mode="json"))


async def protect(call: Call) -> web.Response:
    """Never ban or kick a player automatically."""
    body: ReasonRequest = call.body
    command = build(call, ProtectPlayer, player=call.path_player(), reason=body.reason)
    return changed(await call.gateway.intake.submit(command), command.command_id)


async def unprotect(call: Call) -> web.Response:
    """End the protection."""
    body: UnprotectRequest = call.body
    command = build(call, UnprotectPlayer, player=call.path_player(), reason=body.reason)
    return changed(await call.gateway.intake.submit(command), command.command_id)
