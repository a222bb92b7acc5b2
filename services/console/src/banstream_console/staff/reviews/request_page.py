"""`/console/requests/<id>`: one request, what was said of it, and the decision."""

from functools import partial

from aiohttp import web

from banstream_console.access.people import Person, person_of
from banstream_console.problems.exceptions import Forbidden, NotThere, Problem, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import carry_out, fields_of, on_one_line
from banstream_console.staff.durations import CHOICES, chosen, written
from banstream_console.staff.pages import staff_page
from banstream_console.staff.reviews.queue_page import PATH
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.commands.requests import (
    ApproveRequest,
    AssignRequest,
    CommentRequest,
    RejectRequest,
    RequestCommand,
)
from banstream_contracts.infractions import Lifetime, Scope
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_runtime.identifiers import new_short_id

_FORMS = ("comment", "approve", "reject")
"""What is typed into one of them is given back in none of the others."""


async def show(request: web.Request) -> web.StreamResponse:
    """Everything about one request."""
    return await _page(request)


async def comment(request: web.Request) -> web.StreamResponse:
    """Say something to the others."""
    return await _change(request, CommentRequest, note=on_one_line((await fields_of(request)).get("note", "")))


async def assign(request: web.Request) -> web.StreamResponse:
    """Take it, or let go of it."""
    takes = (await fields_of(request)).get("to") == "me"
    return await _change(request, AssignRequest, **(person_of(request).as_assignee if takes else {}))


async def approve(request: web.Request) -> web.StreamResponse:
    """Do what is asked for, with other terms where the form names them."""
    form = await fields_of(request)
    try:
        terms = approval_terms(form, person_of(request))
    except Unfit as problem:
        return await _page(request, problem)
    return await _change(request, ApproveRequest, infraction_id=new_short_id(), **terms)


async def reject(request: web.Request) -> web.StreamResponse:
    """Do nothing of it."""
    return await _change(request, RejectRequest, reason=on_one_line((await fields_of(request)).get("reason", "")))


def approval_terms(form: dict[str, str], person: Person) -> dict[str, object]:
    """What the form of an approval names; what it leaves out stays as it was asked for. Raises Unfit or Forbidden."""
    terms: dict[str, object] = {}
    if duration := form.get("duration"):
        seconds = chosen(duration)
        terms |= {"duration_seconds": seconds} if seconds else {"lifetime": Lifetime.PERMANENT}
    if reason := on_one_line(form.get("reason", "")):
        terms["reason"] = reason
    if scope := form.get("scope"):
        terms["scope"] = _scope(scope, person)
    return terms


def _scope(given: str, person: Person) -> Scope:
    if given not in set(Scope):
        raise Unfit({"scope": Wrong("choices", choices=", ".join(Scope))})
    if given == Scope.COMMUNITY and not person.may(Right.SCOPE_COMMUNITY):
        raise Forbidden
    return Scope(given)


async def _change(request: web.Request, kind: type[RequestCommand], **fields: object) -> web.StreamResponse:
    request_id = request.match_info["request_id"]
    again = partial(_page, request)
    return await carry_out(request, kind, f"{PATH}/{request_id}", again, request_id=request_id, **fields)


async def _page(request: web.Request, problem: Problem | None = None) -> web.Response:
    found = await _found(request)
    content = {
        "found": found,
        "path": f"{PATH}/{found.id}",
        "queue": PATH,
        "given": {each: await fields_of(request) if request.path.endswith(f"/{each}") else {} for each in _FORMS},
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
        "durations": CHOICES,
        "written": written,
        "scopes": [scope for scope in Scope if scope is not Scope.COMMUNITY or _may_reach_all(request)],
        "is_mine": person_of(request).looks_at(found),
    }
    return staff_page(request, "reviews/request.html", content, problem.status if problem else 200)


def _may_reach_all(request: web.Request) -> bool:
    return person_of(request).may(Right.SCOPE_COMMUNITY)


async def _found(request: web.Request) -> ReviewRequest:
    """Raises NotThere, and Away."""
    question = GetRequest(request_id=request.match_info["request_id"])
    answer = await site_of(request).staff.questions.ask(subjects.QUERY_REQUEST, question, RequestFound)
    if answer.request is None:
        raise NotThere("no request has this id")
    return answer.request
