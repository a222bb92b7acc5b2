"""`/console/requests`: what waits for a decision, and what was decided."""

from dataclasses import replace

from aiohttp import web

from banstream_console.access.people import Person, person_of
from banstream_console.problems.exceptions import Problem, Unfit
from banstream_console.staff.acting import several_of
from banstream_console.staff.listing import ID, PAGE_LENGTH, Filters, filters_of, player_in, told
from banstream_console.staff.pages import staff_page
from banstream_contracts import subjects
from banstream_contracts.queries.infractions import ListRequests, RequestPage

PATH = "/console/requests"
ALL = "all"
MINE = "me"


async def show(request: web.Request) -> web.StreamResponse:
    """Open ones unless the address asks for others."""
    return await listed(request)


async def listed(request: web.Request, problem: Problem | None = None) -> web.Response:
    """The queue, with what went wrong with the form on it."""
    filters = filters_for(request, PATH)
    person, form = person_of(request), await several_of(request) if request.method == "POST" else {}
    found = await told(request, subjects.QUERY_REQUESTS, lambda: question_of(filters, person), RequestPage)
    content = {
        **found.content,
        "filters": filters,
        "status": filters.get("status") or "open",
        "path": PATH,
        "decide": replace(filters, path=f"{PATH}/decide").address(),
        "reason": "".join(form.get("reason", [])),
        "ticked": form.get("id", []),
    }
    if problem:
        content |= {"problem": problem, "fields": problem.fields if isinstance(problem, Unfit) else {}}
    return staff_page(request, "reviews/queue.html", content, problem.status if problem else found.status)


def filters_for(request: web.Request, path: str) -> Filters:
    """Those of the queue that an address names, for another page of it too."""
    return replace(filters_of(request, "status", "player", "assignee"), path=path)


def question_of(filters: Filters, person: Person) -> ListRequests:
    """What an address asks for. Raises Unfit or ValidationError."""
    status, assignee = filters.get("status") or "open", filters.get("assignee")
    return ListRequests.model_validate(
        {
            "status": None if status == ALL else status,
            "player": player_in(filters),
            **(person.as_assignee if assignee == MINE else {"assignee": assignee}),
            "cursor": filters.cursor(ID),
            "limit": PAGE_LENGTH,
        }
    )
