"""Admins: who may act through a game server, and what they may do there."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.admins import RemoveAdmin, SetAdmin
from banstream_contracts.queries.plugins import AdminPage, ListAdmins
from banstream_gateway.answers import command_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.native.admin_answers import admin_json
from banstream_gateway.native.admin_requests import AdminQuery, AdminRequest, RemoveAdminRequest


async def listing(call: Call) -> web.Response:
    """All, by name."""
    query: AdminQuery = call.query
    question = ListAdmins(include_removed=query.include_removed)
    page = await call.gateway.queries.ask(subjects.QUERY_ADMINS, question, AdminPage)
    return json_answer({"items": [admin_json(each) for each in page.items]})


async def put(call: Call) -> web.Response:
    """Make a player an admin, or give an admin another name or other rights."""
    body: AdminRequest = call.body
    return await _submit(call, build(call, SetAdmin, player=call.path_player(), name=body.name, rights=body.rights))


async def remove(call: Call) -> web.Response:
    """End all rights."""
    body: RemoveAdminRequest = call.body
    return await _submit(call, build(call, RemoveAdmin, player=call.path_player(), reason=body.reason))


async def _submit(call: Call, command: SetAdmin | RemoveAdmin) -> web.Response:
    result = await call.gateway.intake.submit(command)
    content = admin_json(result.admin) if result is not None and result.admin is not None else {}
    return command_answer(result, command.command_id, content)
