"""The page of a player as of a moment: what a check would have answered, and every infraction as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.presentation.wording import Wording
from banstream_console.problems.exceptions import Away, Problem, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.bans.list_page import rows_of
from banstream_console.staff.events_in_words import actor_in_words
from banstream_console.staff.knowing import saying, server_names
from banstream_console.staff.listing import ID, Filters, filters_of
from banstream_console.staff.moments import read_moment, typed
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.infractions import Infraction, Punishment, Restriction
from banstream_contracts.players import Player
from banstream_contracts.queries.past import GetPast, PastFound
from banstream_edge.check import Asking, strongest

AT = "at"
"""The parameter that makes a player's page one of a moment."""
_PARAMETERS = (AT, "server")
_SHOWN = 100
_ANSWER_SECONDS = 10.0
_CLOCKS_APART = timedelta(minutes=1)
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Deciding:
    """An infraction that a check would have answered, in the language of who asks."""

    infraction: Infraction
    punishments: str
    end: str
    scope: str
    issuer: str


async def show(request: web.Request, player: Player) -> web.StreamResponse:
    """By the time and the server that the address names; what is wrong with it is said beside the form."""
    filters, servers = filters_of(request, *_PARAMETERS), await server_names(request)
    server = filters.get("server") or ""
    content = {"player": player, "servers": servers, "server": server, "past_at": filters.get(AT) or ""}
    try:
        at = _moment(filters, request)
        found = await _found(request, player, at, filters)
    except (Unfit, Away) as problem:
        return _page(request, {**content, "found": None}, problem)
    held = chain.from_iterable(each.restrictions for each in found.standings)
    answer = strongest(held, Asking(server or None), found.at)
    told = {
        "found": found,
        "past_at": typed(at, site_of(request).zone),
        "sentences": _sentences(request, answer, found.at, servers.get(server, server)),
        "deciding": _deciding(request, answer, found),
        "rows": rows_of(request, found.items, found.at),
        "filters": filters,
    }
    return _page(request, {**content, **told})


def form_of(request: web.Request) -> dict[str, str]:
    """The form on the page of the present: a day ago, as nobody asks for now."""
    return {"past_at": typed(datetime.now(UTC) - timedelta(days=1), site_of(request).zone), "server": ""}


def _moment(filters: Filters, request: web.Request) -> datetime:
    at = read_moment(filters.get(AT) or "", AT, site_of(request).zone)
    if at > datetime.now(UTC) + _CLOCKS_APART:
        raise Unfit({AT: Wrong("not-yet")})
    return at


async def _found(request: web.Request, player: Player, at: datetime, filters: Filters) -> PastFound:
    question = GetPast(player=player, at=at, cursor=filters.cursor(ID), limit=_SHOWN)
    return await site_of(request).staff.questions.ask(subjects.QUERY_PAST, question, PastFound, _ANSWER_SECONDS)


def _sentences(request: web.Request, answer: Mapping[str, Restriction], at: datetime, server: str) -> list[str]:
    """What a check would have answered, in plain words."""
    said = texts(language_for(request))
    named = {"at": Wording(said, site_of(request).zone).moment(at), "server": server}
    on = "-on" if server else ""
    others = [each for each in answer if each != Punishment.BAN]
    if ban := answer.get(Punishment.BAN):
        sentences = [said.say(f"past-banned{on}", **named, reason=_reason(ban))]
        return [*sentences, *([said.say("past-also", what=_what(request, others))] if others else [])]
    if others:
        return [said.say(f"past-restricted{on}", **named, what=_what(request, others))]
    return [said.say(f"past-free{on}", **named)]


def _deciding(request: web.Request, answer: Mapping[str, Restriction], found: PastFound) -> list[Deciding]:
    """The infractions that the answer came from, as they were."""
    ids, said = {each.infraction_id for each in answer.values()}, texts(language_for(request))
    known = [each for each in found.items if each.id in ids]
    return [
        Deciding(
            row.infraction,
            row.punishments,
            row.end,
            saying(request).scope(row.infraction.scope),
            actor_in_words(said, row.infraction.issuer.model_dump(mode="json")),
        )
        for row in rows_of(request, tuple(known), found.at)
    ]


def _what(request: web.Request, punishments: list[str]) -> str:
    return saying(request).punishments(tuple(map(Punishment, punishments)))


def _reason(restriction: Restriction) -> str:
    reason = " ".join(restriction.reason.split())
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"


def _page(request: web.Request, content: Mapping[str, Any], problem: Problem | None = None) -> web.Response:
    fields = problem.fields if isinstance(problem, Unfit) else {}
    shown = {**content, "problem": problem, "fields": fields}
    return staff_page(request, "players/past.html", shown, problem.status if problem else 200)
