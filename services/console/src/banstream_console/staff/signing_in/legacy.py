"""Review at the addresses of NDP's server, for scripts that use them (facts ndp 1.2): its shapes, our decisions.

They have no CSRF token: a session's cookie goes with no form of another site, and where a form comes from is checked.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from banstream_console.access.people import Person, visitor_of
from banstream_console.access.routing import Handler, Page
from banstream_console.problems.exceptions import Away, Problem, Refused
from banstream_console.staff.guard import SIGN_IN
from banstream_console.web.site import Site, site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.commands.requests import ApproveRequest, RejectRequest
from banstream_contracts.infractions import Lifetime
from banstream_contracts.queries.infractions import ListRequests, RequestPage, ReviewRequest
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import new_short_id

QUEUE = "/console/requests"
"""The queue as a page."""

_MOST = 1000
_PAGE = 200
_NOT_FOUND = "Request not found"
_NOT_BANNED = "该玩家未被封禁"
_REJECTED = "rejected by a reviewer"
_FORBIDDEN = 403
_STATUSES = {"insufficient-rights": _FORBIDDEN, "unknown-request": 404, "request-decided": 404}

Legacy = Callable[[web.Request, Person], Awaitable[web.Response]]


def of_reviewers(handler: Legacy) -> Handler:
    """Nobody signed in goes to the form, whatever was asked; failures are JSON."""

    async def handle(request: web.Request) -> web.StreamResponse:
        person = visitor_of(request)
        if person is None:
            raise web.HTTPFound(SIGN_IN)
        if not person.may(Right.REVIEW):
            return _error(_FORBIDDEN, "Your account may not review")
        try:
            return await handler(request, person)
        except Refused as problem:
            status = _STATUSES.get(problem.refusal.code, problem.status)
            return _error(status, _NOT_FOUND if status == 404 else problem.detail)  # noqa: PLR2004 - HTTP
        except Away as problem:
            return _error(problem.status, problem.detail, problem)

    return handle


async def review(request: web.Request, _person: Person) -> web.Response:
    """The queue: a page for people, the list for scripts."""
    if "application/json" in request.headers.get("Accept", ""):
        return _json(await _pending(site_of(request)))
    raise web.HTTPFound(QUEUE)


async def pending(request: web.Request, _person: Person) -> web.Response:
    """Open requests, the oldest first."""
    return _json(await _pending(site_of(request)))


async def approve(request: web.Request, person: Person) -> web.Response:
    """Do what was asked for; a ban is for good where the request names no end. A pardon of nobody is said so."""
    site, found = site_of(request), await _found(request)
    if found is None:
        return _error(404, _NOT_FOUND)
    lasting = {"lifetime": Lifetime.PERMANENT} if found.wanted == "punish" and found.suggested is None else {}
    command = site.staff.commands.build(
        person, ApproveRequest, "", request_id=found.id, infraction_id=new_short_id(), **lasting
    )
    result = await site.staff.commands.send(command)
    if result is not None and found.wanted == "lift" and not result.infractions:
        return _error(400, _NOT_BANNED)
    return _done(result)


async def reject(request: web.Request, person: Person) -> web.Response:
    """Do nothing of it."""
    site, found = site_of(request), await _found(request)
    if found is None:
        return _error(404, _NOT_FOUND)
    command = site.staff.commands.build(person, RejectRequest, "", request_id=found.id, reason=_REJECTED)
    return _done(await site.staff.commands.send(command))


async def _found(request: web.Request) -> ReviewRequest | None:
    """The request that is still open."""
    asked = request.match_info["request_id"]
    if len(asked) != 24 or not set(asked) <= set("0123456789abcdef"):  # noqa: PLR2004 - ShortId
        return None
    answer = await site_of(request).staff.questions.ask(
        subjects.QUERY_REQUEST, GetRequest(request_id=asked), RequestFound
    )
    return answer.request if answer.request and answer.request.status == "open" else None


async def _pending(site: Site) -> list[dict[str, Any]]:
    found: list[ReviewRequest] = []
    question = ListRequests(status="open", limit=_PAGE)
    while True:
        page = await site.staff.questions.ask(subjects.QUERY_REQUESTS, question, RequestPage)
        found += page.items
        if page.next is None or len(found) >= _MOST:
            return [_item(each, site) for each in sorted(found, key=lambda each: each.opened_at)]
        question = question.model_copy(update={"cursor": page.next})


def _item(request: ReviewRequest, site: Site) -> dict[str, Any]:
    """Addresses are sealed, and nobody's business here; times are local and say no zone, as they did."""
    opened_at = request.opened_at.astimezone(site.zone).replace(tzinfo=None)
    return {
        "id": request.id,
        "action": "ban" if request.wanted == "punish" else "remove",
        "username": request.player_name or request.player.id,
        "ip": "",
        "cause": request.reason,
        "timestamp": opened_at.isoformat(timespec="microseconds"),
        "source_ip": "",
    }


def _done(result: CommandResult | None) -> web.Response:
    return _json({"status": "success"}) if result else _json({"status": "stored"}, 202)


def _error(status: int, message: str, problem: Problem | None = None) -> web.Response:
    response = _json({"error": message}, status)
    if problem is not None and problem.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    return response


def _json(content: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


PAGES = (
    Page("GET", "/review", of_reviewers(review), who="everybody"),
    Page("GET", "/admin/pending", of_reviewers(pending), who="everybody"),
    Page("POST", "/admin/approve/{request_id}", of_reviewers(approve), who="everybody", has_csrf=False),
    Page("POST", "/admin/reject/{request_id}", of_reviewers(reject), who="everybody", has_csrf=False),
)
