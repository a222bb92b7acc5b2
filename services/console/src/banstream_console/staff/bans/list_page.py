"""`/console/bans`: every infraction there ever was, searched and filtered."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems import Away, Forbidden, Problem, Unfit
from banstream_console.site import site_of
from banstream_console.staff.acting import fields_of
from banstream_console.staff.bans.question import PARAMETERS, question_of
from banstream_console.staff.infractions_in_words import name_of, state_of
from banstream_console.staff.knowing import saying, server_names
from banstream_console.staff.listing import filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Infraction, Punishment, Scope, Severity
from banstream_contracts.search_queries import PERSONAL_OF_ADDRESS, SearchInfractions, SearchPage
from banstream_privacy.sharing import consoles_key, share

PATH = "/console/bans"
_LONGEST_ADDRESS = 100
_DETAILS = ("severity", "scope", "server", "service", "issuer", "since", "until")


@dataclass(frozen=True, slots=True)
class Row:
    """One infraction in a table. `name` is empty where an address alone is punished."""

    infraction: Infraction
    name: str
    state: str
    punishments: str
    end: str


def rows_of(request: web.Request, infractions: tuple[Infraction, ...]) -> list[Row]:
    """In the language of who asks."""
    said, now = saying(request), datetime.now(UTC)
    return [
        Row(each, name_of(each), state_of(each, now), said.punishments(each.punishments), said.end_of(each))
        for each in infractions
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """The newest first, by what the address asks for."""
    filters, person = filters_of(request, *PARAMETERS), person_of(request)
    zone = site_of(request).zone
    found = await told(request, subjects.QUERY_SEARCH, lambda: question_of(filters, person, zone), SearchPage)
    return await _listed(request, found.answer, found.problem)


async def of_address(request: web.Request) -> web.StreamResponse:
    """All of an address. It comes by a form, so that no address stands in addresses of pages and in logs."""
    person, site = person_of(request), site_of(request)
    if not person.may(Right.SEE_ADDRESSES):
        raise Forbidden
    typed = (await fields_of(request)).get("address", "")[:_LONGEST_ADDRESS]
    key = site.settings.accounts_key_bytes()
    if not typed or key is None:
        return await _listed(request, None, Unfit({"address": "is an IP address such as 192.0.2.7"}))
    sealed = share(consoles_key(key), PERSONAL_OF_ADDRESS, typed)
    question = SearchInfractions(sealed_address=sealed, asked_by=person.actor)
    try:
        page = await site.staff.questions.ask(subjects.QUERY_SEARCH, question, SearchPage)
    except Away as problem:
        return await _listed(request, None, problem, address=typed)
    if page.unreadable:
        wrong = Unfit({"address": "is an IP address such as 192.0.2.7, and infractions needs BANSTREAM_ADDRESS_KEY"})
        return await _listed(request, None, wrong, address=typed)
    return await _listed(request, page, address=typed)


async def _listed(
    request: web.Request, page: SearchPage | None, problem: Problem | None = None, address: str = ""
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
        "path": PATH,
    }
    return staff_page(request, "bans/list.html", content, problem.status if problem else 200)


def _punishment_names(request: web.Request) -> list[tuple[str, str]]:
    said = saying(request)
    return [*((each.value, said.punishments((each,))) for each in Punishment), ("warning", said.punishments(()))]
