"""The overview: counts, live events, detections, servers, health."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aiohttp import web
from babel.dates import format_date

from banstream_console.live.feed import Happening
from banstream_console.live.state import live_of
from banstream_console.presentation import charts
from banstream_console.presentation.long_texts import cut
from banstream_console.presentation.texts import Texts, texts
from banstream_console.presentation.wording import Wording
from banstream_console.staff.events_in_words import actor_in_words, in_words, mood
from banstream_console.staff.infractions_in_words import path_of
from banstream_console.staff.knowing import server_names
from banstream_console.staff.listing import told
from banstream_console.staff.overview.health import health_of
from banstream_console.staff.overview.heat import LAYOUTS, heat_of
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.queries.abuse import AbuseStatistics, GetAbuseStatistics
from banstream_contracts.queries.search import GetInfractionStatistics, InfractionStatistics, IssuedCount
from banstream_privacy.visible import clean

_SHOWN_EVENTS = 12
_MOST_CATEGORIES = 8
_DAYS = 30
_MONDAY = date(2024, 1, 1)
_LONGEST_MAP = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A game server that beats, or one that does not."""

    name: str
    players: int | None
    slots: int
    map: str
    beat_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the live feed; `path` leads to what it is about."""

    at: datetime
    said: str
    mood: str
    actor: str
    whom: str
    path: str | None


async def overview(request: web.Request) -> web.StreamResponse:
    """What does not answer leaves a notice in its place; the rest is shown."""
    site, live = site_of(request), live_of(request)
    version = live.feed.pulse.version
    said = texts(language_for(request))
    wording = Wording(said, site.zone)
    figures, detections, health, servers = await asyncio.gather(
        told(
            request,
            subjects.QUERY_INFRACTION_STATISTICS,
            lambda: GetInfractionStatistics(days=_DAYS, time_zone=site.zone.key),
            InfractionStatistics,
        ),
        told(request, subjects.QUERY_ABUSE_STATISTICS, lambda: GetAbuseStatistics(days=7), AbuseStatistics),
        health_of(request),
        _servers(request),
    )
    ranked = [(wording.category(each.category), each.infractions) for each in _categories(figures.answer)]
    content = {
        "figures": figures.answer,
        "ranked": ranked,
        "category_chart": charts.rows(ranked),
        "heat": heat_of(figures.answer.by_hour) if figures.answer else None,
        "layouts": LAYOUTS,
        "weekdays": [_weekday(said, number) for number in range(7)],
        "zone": site.zone.key,
        "detections": detections.answer,
        "outcomes": ("warned", "kicked", "banned", "review", "shadow", "protected"),
        "health": health,
        "servers": servers,
        "is_feed_known": live.feed.is_known,
        "events": [_event(said, each) for each in live.feed.newest(_SHOWN_EVENTS)],
        "version": version,
    }
    return staff_page(request, "overview/overview.html", content)


def _categories(figures: InfractionStatistics | None) -> tuple[IssuedCount, ...]:
    return figures.by_category[:_MOST_CATEGORIES] if figures else ()


async def _servers(request: web.Request) -> list[Server]:
    """Those that beat first, by how many are there; then those that do not, by name."""
    names = await server_names(request)
    online = live_of(request).presences.online(datetime.now(UTC))
    there = [
        Server(
            names.get(server_id) or cut(clean(each.hostname or ""), _LONGEST_MAP) or server_id,
            len(each.players),
            each.max_slots,
            cut(clean(each.map or ""), _LONGEST_MAP),
            each.beat_at,
        )
        for server_id, each in online.items()
    ]
    silent = [Server(name, None, 0, "", None) for server_id, name in names.items() if server_id not in online]
    return [*sorted(there, key=lambda each: -(each.players or 0)), *sorted(silent, key=lambda each: each.name)]


def _event(said: Texts, happening: Happening) -> Event:
    whom, path = "", f"/console/bans/{happening.infraction_id}" if happening.infraction_id else None
    if happening.player:
        service, player_id = happening.player
        whom = cut(clean(f"{service}:{player_id}"), _LONGEST_MAP)
        path = path_of(service, player_id)
    return Event(
        happening.at,
        in_words(said, happening.kind, happening.event),
        mood(happening.kind, happening.event),
        actor_in_words(said, happening.actor),
        whom,
        path,
    )


def _weekday(said: Texts, number: int) -> str:
    return format_date(_MONDAY + timedelta(days=number), "EEE", locale=said.language.replace("-", "_"))
