"""`/console/bans/<id>`: one infraction, what shows it, and what may be done about it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import NotThere, Problem, Unfit
from banstream_console.staff.bans.list_page import PATH, rows_of
from banstream_console.staff.infractions_in_words import may_edit
from banstream_console.staff.knowing import saying, server_names
from banstream_console.staff.pages import staff_page
from banstream_console.staff.personal import address_of
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.evidence import LARGEST_FILE_BYTES, MOST_FILES
from banstream_contracts.infractions import Infraction, Status
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound


async def infraction_of(request: web.Request) -> Infraction:
    """The one that the address names. Raises NotThere or Away."""
    question = GetInfraction(infraction_id=request.match_info["infraction_id"])
    found = await site_of(request).staff.questions.ask(subjects.QUERY_INFRACTION, question, InfractionFound)
    if found.infraction is None:
        raise NotThere("no infraction has this id")
    return found.infraction


def may_change(infraction: Infraction, what: str, now: datetime) -> bool:
    """Whether there is something to `amend`, to `lift` or to `reinstate`."""
    if what != "reinstate":
        return infraction.status is Status.ACTIVE
    return infraction.status is Status.LIFTED and not (infraction.expires_at and infraction.expires_at <= now)


async def show(request: web.Request) -> web.StreamResponse:
    """One infraction; the address of the page may name whom to let in."""
    given = {"player": request.query["exempt"]} if "exempt" in request.query else {}
    return await shown(request, await infraction_of(request), given=given)


async def shown(
    request: web.Request,
    infraction: Infraction,
    problem: Problem | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> web.Response:
    """The page, with what went wrong with one of its forms, and what that was sent with."""
    person, now = person_of(request), datetime.now(UTC)
    may = may_edit(person, infraction)
    may_amend = may and may_change(infraction, "amend", now)
    files = infraction.files or ()
    (row,) = rows_of(request, (infraction,))
    content = {
        "infraction": infraction,
        "row": row,
        "address": await address_of(request, infraction),
        "scope": saying(request).scope(infraction.scope),
        "servers": await server_names(request),
        "files": files,
        "exempt": infraction.exempt or (),
        "given": given,
        "holds_address": infraction.holds_address(now),
        "may_amend": may_amend,
        "may_exempt": may_amend and infraction.address_hash is not None,
        "may_age": may_amend and infraction.address_hash is not None and infraction.player is not None,
        "may_lift": may and may_change(infraction, "lift", now),
        "may_reinstate": may and may_change(infraction, "reinstate", now),
        "may_attach": may and person.may(Right.ATTACH) and len(files) < MOST_FILES,
        "may_see_import": person.may(Right.MANAGE_ADMINS),
        "may_review": person.may(Right.REVIEW),
        "largest_kib": LARGEST_FILE_BYTES // 1024,
        "path": f"{PATH}/{infraction.id}",
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
    }
    return staff_page(request, "bans/one.html", content, problem.status if problem else 200)
