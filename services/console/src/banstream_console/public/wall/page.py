"""The wall itself."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from aiohttp import web

from banstream_console.presentation import charts
from banstream_console.presentation.long_texts import cut
from banstream_console.presentation.texts import language_of, texts
from banstream_console.presentation.wording import Wording
from banstream_console.problems.exceptions import Away, BadQuestion, BadSearch
from banstream_console.public.wall.answers import Told
from banstream_console.public.wall.filters import Question, question_of
from banstream_console.public.wall.portraits import SIDE, Portrait, portrait
from banstream_console.public.wall.shown_bans import ShownBan, Shows, shown
from banstream_console.public.wall.state import PublicWall, wall_of
from banstream_console.web.site import LANGUAGE_PARAMETER, Site, language_for, site_of
from banstream_console.web.templates import rendered
from banstream_contracts.infractions import Severity
from banstream_contracts.queries.wall import GetWallStatistics, WallPage, WallStatistics

PATH = "/hall-of-shame"
LONGEST_NAME, LONGEST_REASON = 48, 280
_MOST_TYPES = 12
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Card:
    """One ban with its face; name and reason as long as a card is wide."""

    ban: ShownBan
    name: str | None
    reason: str | None
    portrait: Portrait


async def home(_request: web.Request) -> web.StreamResponse:
    """The wall is all there is for everybody."""
    raise web.HTTPFound(PATH)


async def hall_of_shame(request: web.Request) -> web.StreamResponse:
    """Bans in force, newest first, and their numbers."""
    site, wall = site_of(request), wall_of(request)
    question = _question(request, site)
    version = wall.pulse.version
    page = await _page(wall, question)
    statistics = await _statistics(wall, site.zone.key)
    content = {
        "question": question,
        "link": _links(request, question),
        "page": page.answer if page else None,
        "cards": _cards(page.answer, wall.shows) if page else (),
        "statistics": _numbers(statistics.answer, _wording(request, site)) if statistics else None,
        "stale_minutes": _minutes(page, statistics),
        "severities": [severity.value for severity in reversed(Severity)],
        "version": version,
        "side": SIDE,
        "delay_minutes": ceil(site.settings.console_delay_minutes),
        "zone": site.zone.key,
        "shows_all": wall.shows.ids or wall.shows.coordinates,
        "takes_appeals": bool(site.settings.sealing_public_key),
    }
    response = rendered(request, "hall_of_shame.html", content, status=200 if page else 503)
    response.headers["Cache-Control"] = "no-cache"
    if page is None:
        response.headers["Retry-After"] = "5"
    return response


def _question(request: web.Request, site: Site) -> Question:
    """Raises BadSearch, in the language of who searches, and BadQuestion for what nobody types."""
    try:
        return question_of(request.query, site.settings.console_page_length)
    except BadQuestion as problem:
        if problem.parameter == "search":
            raise BadSearch from None
        raise


async def _page(wall: PublicWall, question: Question) -> Told[WallPage] | None:
    try:
        return await wall.answers.page(question.wall)
    except Away:
        return None


async def _statistics(wall: PublicWall, time_zone: str) -> Told[WallStatistics] | None:
    try:
        return await wall.answers.statistics(GetWallStatistics(time_zone=time_zone))
    except Away:
        return None


def _minutes(*told: Told[Any] | None) -> int | None:
    """How old the oldest part of the page is, at least one; None where all of it is new."""
    stale = max((each.stale_seconds for each in told if each), default=0.0)
    return max(1, round(stale / 60)) if stale else None


def _wording(request: web.Request, site: Site) -> Wording:
    return Wording(texts(language_for(request)), site.zone)


def _cards(page: WallPage, shows: Shows) -> list[Card]:
    return [_card(shown(ban, shows)) for ban in page.items]


def _card(ban: ShownBan) -> Card:
    return Card(
        ban=ban,
        name=cut(ban.name, LONGEST_NAME) if ban.name else None,
        reason=cut(ban.reason, LONGEST_REASON) if ban.reason else None,
        portrait=portrait(ban.name),
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts as the page shows them."""

    total: int
    critical: int
    high: int
    today: int
    week: int
    by_category: list[tuple[str, int]]
    by_day: list[tuple[str, int]]
    categories: list[tuple[str, str]]
    category_chart: charts.Chart
    day_chart: charts.Chart
    first_day: str
    last_day: str


def _numbers(statistics: WallStatistics, wording: Wording) -> Numbers:
    categories: dict[str | None, int] = {}
    severities: dict[str | None, int] = {}
    for each in statistics.by_type:
        categories[each.category] = categories.get(each.category, 0) + each.bans
        severities[each.severity] = severities.get(each.severity, 0) + each.bans
    ranked = sorted(categories.items(), key=lambda each: -each[1])
    by_category = [(wording.category(category), bans) for category, bans in ranked]
    by_day = [(wording.day(each.day), each.bans) for each in statistics.by_day]
    return Numbers(
        total=statistics.total,
        critical=severities.get(Severity.CRITICAL, 0),
        high=severities.get(Severity.HIGH, 0),
        today=statistics.by_day[-1].bans,
        week=sum(each.bans for each in statistics.by_day[-_WEEK:]),
        by_category=by_category,
        by_day=by_day,
        categories=sorted(
            ((category, wording.category(category)) for category in categories if category), key=lambda each: each[1]
        ),
        category_chart=charts.rows(by_category[:_MOST_TYPES]),
        day_chart=charts.columns(by_day),
        first_day=wording.day(statistics.by_day[0].day, "short"),
        last_day=wording.day(statistics.by_day[-1].day, "short"),
    )


@dataclass(frozen=True, slots=True)
class _Links:
    """Addresses that keep what was asked for, and the language where the address names one."""

    question: Question
    language: str | None

    def to(self, path: str = PATH, **changed: str | None) -> str:
        """The question with some parameters changed."""
        return self.question.address(path, **{LANGUAGE_PARAMETER: self.language, **changed})


def _links(request: web.Request, question: Question) -> _Links:
    return _Links(question, language_of(request.query.get(LANGUAGE_PARAMETER)))
