"""`/console/appeals`: who asks to look again."""

from aiohttp import web

from banstream_console.access.people import Person, person_of
from banstream_console.staff.listing import ID, PAGE_LENGTH, Filters, filters_of, player_in, told
from banstream_console.staff.pages import staff_page
from banstream_contracts import subjects
from banstream_contracts.queries.appeals import AppealPage, ListAppeals

PATH = "/console/appeals"
STATUSES = ("open", "upheld", "reduced", "overturned", "all")
_MINE = "me"


async def show(request: web.Request) -> web.StreamResponse:
    """Open ones unless the address asks for others; of one infraction all."""
    filters, person = filters_of(request, "status", "player", "assignee", "infraction"), person_of(request)
    found = await told(request, subjects.QUERY_APPEALS, lambda: question_of(filters, person), AppealPage)
    status = _status(filters)
    content = {**found.content, "filters": filters, "status": status, "statuses": STATUSES, "path": PATH}
    return staff_page(request, "appeals/queue.html", content, found.status)


def question_of(filters: Filters, person: Person) -> ListAppeals:
    """What an address asks for. Raises Unfit or ValidationError."""
    status, assignee = _status(filters), filters.get("assignee")
    return ListAppeals.model_validate(
        {
            "status": None if status == "all" else status,
            "player": player_in(filters),
            **(person.as_assignee if assignee == _MINE else {"assignee": assignee}),
            "infraction_id": filters.get("infraction"),
            "cursor": filters.cursor(ID),
            "limit": PAGE_LENGTH,
        }
    )


def _status(filters: Filters) -> str:
    return filters.get("status") or ("all" if filters.get("infraction") else "open")
