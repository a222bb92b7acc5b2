"""`/console/players/<service>/<id>`: restrictions, what happened, incidents, names and addresses, appeals."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.presentation.texts import Texts, texts
from banstream_console.problems.exceptions import NotThere, Unfit
from banstream_console.staff.bans.list_page import PATH as BANS
from banstream_console.staff.bans.list_page import rows_of
from banstream_console.staff.events_in_words import actor_in_words, in_words, mood
from banstream_console.staff.infractions_in_words import path_of
from banstream_console.staff.knowing import server_names
from banstream_console.staff.listing import PLACE, filters_of, read_player, told
from banstream_console.staff.pages import staff_page
from banstream_console.staff.personal import addresses, names, personal_of
from banstream_console.staff.players import past
from banstream_console.staff.players.linked import others_of
from banstream_console.web.site import language_for
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.abuse import AbuseFound, GetAbuse
from banstream_contracts.queries.appeals import AppealPage, ListAppeals
from banstream_contracts.queries.infractions import GetHistory, HistoryEntry, HistoryPage, ListRequests, RequestPage
from banstream_contracts.queries.linked import GetLinked, LinkedFound
from banstream_contracts.queries.plugins import FindInfractions, FoundInfractions

_MOST_IN_FORCE, _MOST_ENDED, _MOST_INCIDENTS, _MOST_OTHERS, _HISTORY = 500, 100, 20, 20, 30


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the timeline."""

    at: datetime
    said: str
    mood: str
    actor: str
    infraction_id: str | None


async def find(request: web.Request) -> web.StreamResponse:
    """From `SERVICE:ID`, as somebody types it, to the player's page."""
    given = filters_of(request, "player").get("player") or ""
    if "player" not in request.query:
        return staff_page(request, "players/find.html", {"given": given})
    try:
        player = read_player(given)
    except Unfit as problem:
        content = {"given": given, "problem": problem, "fields": problem.fields}
        return staff_page(request, "players/find.html", content, problem.status)
    raise web.HTTPFound(path_of(player.service, player.id))


async def show(request: web.Request) -> web.StreamResponse:
    """Everything known, and a notice in the place of what cannot be read right now; or all of that as of a moment."""
    player, filters = _player(request), filters_of(request)
    if request.query.get(past.AT):
        return await past.show(request, player)
    (held, ended, history, abuse), (requests, appeals, linked), (known, servers) = await asyncio.gather(
        asyncio.gather(
            _infractions(request, player, _MOST_IN_FORCE, active=True),
            _infractions(request, player, _MOST_ENDED, active=False),
            told(
                request,
                subjects.QUERY_HISTORY,
                lambda: GetHistory(player=player, cursor=filters.cursor(PLACE), limit=_HISTORY),
                HistoryPage,
            ),
            told(request, subjects.QUERY_ABUSE, lambda: GetAbuse(player=player, limit=_MOST_INCIDENTS), AbuseFound),
        ),
        asyncio.gather(
            told(
                request, subjects.QUERY_REQUESTS, lambda: ListRequests(player=player, limit=_MOST_OTHERS), RequestPage
            ),
            told(request, subjects.QUERY_APPEALS, lambda: ListAppeals(player=player, limit=_MOST_OTHERS), AppealPage),
            told(request, subjects.QUERY_LINKED, lambda: GetLinked(player=player), LinkedFound),
        ),
        asyncio.gather(personal_of(request, player), server_names(request)),
    )
    infractions, now, person = _newest_first(held, ended), datetime.now(UTC), person_of(request)
    said = texts(language_for(request))
    problem = history.problem if isinstance(history.problem, Unfit) else None
    content = {
        "player": player,
        "held": held,
        "ended": ended,
        "restricting": rows_of(request, tuple(each for each in infractions if each.is_in_force(now))),
        "earlier": rows_of(request, tuple(each for each in infractions if not each.is_in_force(now))),
        "history": history.answer,
        "problem": problem,
        "timeline": [_line(said, each) for each in history.answer.items] if history.answer else [],
        "filters": filters,
        "abuse": abuse.answer,
        "requests": requests.answer,
        "appeals": appeals.answer,
        "linked": linked.answer,
        "others": others_of(request, player, linked.answer, known),
        "names": names(infractions, known),
        "addresses": addresses(infractions, known),
        "may_see_addresses": person.may(Right.SEE_ADDRESSES),
        "may_issue": person.may(Right.ISSUE),
        "may_review": person.may(Right.REVIEW),
        "servers": servers,
        **past.form_of(request),
        "path": BANS,
    }
    return staff_page(request, "players/one.html", content, problem.status if problem else 200)


async def _infractions(request: web.Request, player: Player, most: int, *, active: bool) -> FoundInfractions | None:
    """Those in force are asked for by themselves: however much came after it, what restricts the player is shown."""
    found = await told(
        request,
        subjects.QUERY_FIND,
        lambda: FindInfractions(player=player, active=active, limit=most),
        FoundInfractions,
    )
    return found.answer


def _newest_first(*found: FoundInfractions | None) -> tuple[Infraction, ...]:
    known = {each.id: each for page in found if page for each in page.items}
    return tuple(sorted(known.values(), key=lambda each: (each.issued_at, each.id), reverse=True))


def _player(request: web.Request) -> Player:
    try:
        return Player(service=request.match_info["service"], id=request.match_info["player_id"])
    except ValueError:
        raise NotThere("no player has such an id") from None


def _line(said: Texts, entry: HistoryEntry) -> Line:
    infraction_id = entry.event.get("infraction_id")
    return Line(
        entry.occurred_at,
        in_words(said, entry.type, entry.event),
        mood(entry.type, entry.event),
        actor_in_words(said, entry.actor.model_dump(mode="json")),
        str(infraction_id) if infraction_id else None,
    )
