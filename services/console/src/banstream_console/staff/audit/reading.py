"""What an address asks the logs for, and what they answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from banstream_console.problems.exceptions import Away, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.appeals.statistics_page import day_in
from banstream_console.staff.audit.merging import END, SERVICES, Line, merged, places_of
from banstream_console.staff.listing import Filters, filters_of, player_in
from banstream_console.web.site import Site, site_of
from banstream_contracts import subjects
from banstream_contracts.queries.audit import EventPage, ListEvents

NAMES = ("service", "kind", "actor", "player", "since", "until")
ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to each log that is asked for."""

    services: tuple[str, ...]
    question: ListEvents
    places: dict[str, int]


@dataclass(frozen=True, slots=True)
class Read:
    """What was found; `next` is where to go on, `away` who did not answer."""

    lines: list[Line]
    next: dict[str, int] | None
    away: tuple[str, ...]


def audit_filters(request: web.Request) -> Filters:
    """Those of the page and of the table."""
    return filters_of(request, *NAMES)


def wanted_by(request: web.Request, filters: Filters, limit: int) -> Wanted:
    """Raises Unfit and ValidationError."""
    service = filters.get("service")
    if service is not None and service not in SERVICES:
        raise Unfit({"service": Wrong("choices", choices=", ".join(SERVICES))})
    zone = site_of(request).zone
    kinds = tuple(each.strip() for each in (filters.get("kind") or "").split(",") if each.strip())
    question = ListEvents(
        kinds=kinds,
        actor=_actor(site_of(request), filters.get("actor")),
        player=player_in(filters),
        since=_begin_of_day(filters, "since", zone),
        until=_begin_of_day(filters, "until", zone, days=1),
        limit=limit,
    )
    return Wanted((service,) if service else SERVICES, question, places_of(filters.get("cursor")))


async def read(site: Site, wanted: Wanted) -> Read:
    """One page of all logs at once. Raises Away where none of them answers."""
    asked = [each for each in wanted.services if wanted.places.get(each) != END]
    answers = await asyncio.gather(*(_ask(site, each, wanted) for each in asked))
    pages: Mapping[str, EventPage] = {name: page for name, page in zip(asked, answers, strict=True) if page}
    away = tuple(name for name in asked if name not in pages)
    if asked and not pages:
        raise Away("no service answers")
    lines, following = merged(pages, wanted.places, wanted.question.limit)
    return Read(lines, following, away)


async def _ask(site: Site, service: str, wanted: Wanted) -> EventPage | None:
    question = wanted.question.model_copy(update={"before": wanted.places.get(service)})
    try:
        return await site.staff.questions.ask(subjects.query_events(service), question, EventPage, ANSWER_SECONDS)
    except Away:
        return None


def _actor(site: Site, given: str | None) -> str | None:
    """An id, or the name of somebody with an account."""
    if given is None:
        return None
    named = (each for each in site.staff.accounts if given.casefold() in {each.login, each.name.casefold()})
    return next((each.id for each in named), given)


def _begin_of_day(filters: Filters, name: str, zone: ZoneInfo, days: int = 0) -> datetime | None:
    day = day_in(filters, name)
    return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC) if day else None
