"""Requests for review: open, list, comment, assign, and decide on one."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.commands.requests import (
    ApproveRequest,
    AssignRequest,
    CommentRequest,
    RejectRequest,
    RequestCommand,
)
from banstream_contracts.infractions import Lifetime, Scope
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.queries.infractions import ListRequests, RequestPage, RequestStatus
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_gateway.answers import command_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call, searched_player
from banstream_gateway.native.infractions import named_player
from banstream_gateway.native.review_answers import decided_json, listed_json, request_json
from banstream_gateway.native.review_requests import (
    ApproveRequestBody,
    AssigneeRequest,
    CommentRequestBody,
    OpenReviewRequest,
    RejectRequestBody,
    ReviewQuery,
)
from banstream_gateway.problems import UnknownRequest, invalid
from banstream_runtime.identifiers import new_short_id


async def open_request(call: Call) -> web.Response:
    """Ask staff to review a player."""
    body: OpenReviewRequest = call.body
    server_id = call.as_server(body.server_id)
    command = build(
        call,
        OpenRequest,
        request_id=new_short_id(),
        **named_player(call, body.player),
        reason=body.reason,
        wanted=body.wanted,
        suggested=_suggested(call, body, server_id),
        server_id=server_id,
    )
    result = await call.gateway.intake.submit(command)
    content = {"id": result.request_id, "position": result.position} if result else {}
    return command_answer(result, command.command_id, content, 201)


async def search(call: Call) -> web.Response:
    """A page of requests."""
    call.only_staff()
    query: ReviewQuery = call.query
    question = ListRequests(
        player=searched_player(query.player),
        status=query.status,
        assignee=query.assignee,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await call.gateway.queries.ask(subjects.QUERY_REQUESTS, question, RequestPage)
    return json_answer({"items": [listed_json(each) for each in page.items], "next": page.next})


async def find(call: Call) -> web.Response:
    """One request, with its comments."""
    call.only_staff()
    question = GetRequest(request_id=_request_id(call))
    found = await call.gateway.queries.ask(subjects.QUERY_REQUEST, question, RequestFound)
    if found.request is None:
        raise UnknownRequest
    return json_answer(request_json(found.request))


async def comment(call: Call) -> web.Response:
    """Say something about a request."""
    call.only_staff()
    body: CommentRequestBody = call.body
    return await _change(call, build(call, CommentRequest, request_id=_request_id(call), note=body.note), 201)


async def assign(call: Call) -> web.Response:
    """Say who looks at a request."""
    call.only_staff()
    body: AssigneeRequest = call.body
    return await _change(call, build(call, AssignRequest, request_id=_request_id(call), assignee=body.assignee), 200)


async def approve(call: Call) -> web.Response:
    """Do what a request asks for."""
    call.only_staff()
    body: ApproveRequestBody = call.body
    return await _decide(call, approval(call, _request_id(call), body), "approved")


async def reject(call: Call) -> web.Response:
    """Do nothing of it."""
    call.only_staff()
    body: RejectRequestBody = call.body
    return await _decide(call, build(call, RejectRequest, request_id=_request_id(call), reason=body.reason), "rejected")


def approval(call: Call, request_id: str, body: ApproveRequestBody) -> ApproveRequest:
    """The command that approves a request."""
    return build(
        call,
        ApproveRequest,
        request_id=request_id,
        infraction_id=new_short_id(),
        duration_seconds=body.duration_seconds,
        lifetime=Lifetime.PERMANENT if body.permanent else None,
        reason=body.reason,
        scope=body.scope,
    )


async def _change(call: Call, command: RequestCommand, status: int) -> web.Response:
    result = await call.gateway.intake.submit(command)
    content = {"id": result.request_id, "position": result.position} if result else {}
    return command_answer(result, command.command_id, content, status)


async def _decide(call: Call, command: RequestCommand, status: RequestStatus) -> web.Response:
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, decided_json(result, status) if result else {})


def _suggested(call: Call, body: OpenReviewRequest, server_id: str | None) -> AutomaticBan | None:
    ban = body.suggested
    if ban is None:
        return None
    if ban.scope is Scope.SERVER:
        if server_id is None:
            raise invalid("suggested.scope", "scope server needs server_id")
        call.require_server(server_id)
    return AutomaticBan(
        infraction_id=new_short_id(),
        duration_seconds=ban.duration_seconds,
        scope=ban.scope,
        reason=ban.reason or body.reason,
    )


def _request_id(call: Call) -> str:
    request_id = call.short_id("request_id")
    if request_id is None:
        raise UnknownRequest
    return request_id
