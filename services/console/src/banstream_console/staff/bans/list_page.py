"""`/console/bans`: every infraction there ever was, searched and filtered."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from yarl import URL

from banstream_console.access.people import person_of
from banstream_console.live.state import live_of
from banstream_console.problems.exceptions import Away, Problem, Unfit
from banstream_console.staff.acting import fields_of
from banstream_console.staff.bans import addresses
from banstream_console.staff.bans.addresses import LONGEST, read_address
from banstream_console.staff.bans.question import PARAMETERS, question_of
from banstream_console.staff.infractions_in_words import name_of, state_of
from banstream_console.staff.knowing import saying, server_names
from banstream_console.staff.listing import filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Infraction, Punishment, Scope, Severity
from banstream_contracts.queries.search import SearchPage

PATH = "/console/bans"
_DETAILS = ("severity", "scope", "server", "service", "issuer", "since", "until")


@dataclass(frozen=True, slots=True)
class Row:
    """One infraction in a table. `name` is empty where an address alone is punished."""

    infraction: Infraction
    name: str
    state: str
    punishments: str
    end: str


def rows_of(request: web.Request, infractions: tuple[Infraction, ...], at: datetime | None = None) -> list[Row]:
    """In the language of who asks; as of now, or of another moment."""
    said, now = saying(request), at or datetime.now(UTC)
    return [
        Row(each, name_of(each), state_of(each, now), said.punishments(each.punishments), said.end_of(each))
        for each in infractions
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """The newest first, by what the address asks for."""
    filters, person = filters_of(request, *PARAMETERS), person_of(request)
    zone, version = site_of(request).zone, live_of(request).feed.pulse.version
    found = await told(request, subjects.QUERY_SEARCH, lambda: question_of(filters, person, zone), SearchPage)
    return await _listed(request, found.answer, found.problem, version=version)


async def find_address(request: web.Request) -> web.StreamResponse:
    """On to all of an address. It comes by a form, so that none stands in addresses of pages, and in logs, in clear."""
    typed = (await fields_of(request)).get("address", "")[:LONGEST]
    try:
        place = addresses.place_of(request, read_address(typed))
    except Unfit as problem:
        return await _listed(request, None, problem, address=typed)
    raise web.HTTPSeeOther(f"{request.path}?{place}")


async def of_address(request: web.Request) -> web.StreamResponse:
    """All of an address; to the list with one that was looked for in another session."""
    address = addresses.address_in(request)
    if address is None:
        raise web.HTTPSeeOther(URL(PATH).with_query(request.query).without_query_params(addresses.OF))
    try:
        page = await addresses.of_address(request, address)
    except (Unfit, Away) as problem:
        return await _listed(request, None, problem, address=address)
    return await _listed(request, page, address=address)


async def _listed(
    request: web.Request,
    page: SearchPage | None,
    problem: Problem | None = None,
    *,
    address: str = "",
    version: str = "",
) -> web.Response:
    person, filters = person_of(request), filters_of(request, *PARAMETERS)
    content = {
        "page": page,
        "rows": rows_of(request, page.items) if page else [],
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
        "filters": filters,
        "address": address,
        "may_see_addresses": person.may(Right.SEE_ADDRESSES),
        "may_issue": person.may(Right.ISSUE),
        "servers": await server_names(request),
        "punishment_names": _punishment_names(request),
        "is_detailed": any(filters.get(name) for name in _DETAILS),
        "severities": [each.value for each in reversed(Severity)],
        "scopes": [each.value for each in Scope],
        "version": version,
        "path": PATH,
    }
    return staff_page(request, "bans/list.html", content, problem.status if problem else 200)


def _punishment_names(request: web.Request) -> list[tuple[str, str]]:
    said = saying(request)
    return [*((each.value, said.punishments((each,))) for each in Punishment), ("warning", said.punishments(()))]
