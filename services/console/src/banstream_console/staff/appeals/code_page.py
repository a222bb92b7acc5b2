"""`/console/appeals/code`: the code of an infraction, to hand out, and a new one."""

from typing import Any

from aiohttp import web

from banstream_console.problems.exceptions import Problem
from banstream_console.staff.acting import carry_out, fields_of
from banstream_console.staff.appeals.queue_page import PATH as QUEUE
from banstream_console.staff.listing import filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.commands.appeals import RenewAppealCode
from banstream_contracts.queries.appeals import AppealCodeFound, GetAppealCode

PATH = f"{QUEUE}/code"


async def show(request: web.Request) -> web.StreamResponse:
    """The form, and the code of the infraction that the address names."""
    return await _page(request, filters_of(request, "infraction").get("infraction") or "")


async def renew(request: web.Request) -> web.StreamResponse:
    """The code before is good for nothing any more."""
    infraction_id = (await fields_of(request)).get("infraction", "")

    async def again(problem: Problem) -> web.StreamResponse:
        return await _page(request, infraction_id, problem)

    to = f"{PATH}?infraction={infraction_id}" if infraction_id.isalnum() else PATH
    return await carry_out(request, RenewAppealCode, to, again, infraction_id=infraction_id)


async def _page(request: web.Request, infraction_id: str, problem: Problem | None = None) -> web.Response:
    content: dict[str, Any] = {
        "page": None,
        "problem": problem,
        "fields": {},
        "given": infraction_id,
        "queue": QUEUE,
        "path": PATH,
    }
    status = problem.status if problem else 200
    if infraction_id and problem is None:
        found = await told(
            request,
            subjects.QUERY_APPEAL_CODE,
            lambda: GetAppealCode(infraction_id=infraction_id),
            AppealCodeFound,
        )
        content, status = {**content, **found.content}, found.status
    base = site_of(request).settings.console_url or str(request.url.origin())
    content["link"] = f"{base.rstrip('/')}/appeal/{infraction_id}"
    return staff_page(request, "appeals/code.html", content, status)
