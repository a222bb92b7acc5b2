"""`/console/audit`: what happened, newest first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from banstream_console.access.people import person_of
from banstream_console.presentation.texts import Texts, texts
from banstream_console.problems.exceptions import Away, Problem, Unfit
from banstream_console.problems.field_errors import wrongs_of
from banstream_console.staff import undoing
from banstream_console.staff.audit.merging import SERVICES, Line, cursor_of
from banstream_console.staff.audit.reading import audit_filters, read, wanted_by
from banstream_console.staff.events_in_words import actor_in_words, in_words, mood
from banstream_console.staff.listing import PAGE_LENGTH
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import language_for, site_of
from banstream_contracts.admins import Right
from banstream_contracts.infractions import Actor
from banstream_contracts.public_events import EVENT_MODELS
from banstream_contracts.queries.audit import ListEvents
from banstream_contracts.queries.infractions import HistoryEntry

PATH = "/console/audit"

_COMMON = {"type", "actor", "occurred_at"}
KINDS = tuple(sorted(str(model.model_fields["type"].default) for model in EVENT_MODELS))


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it is shown; `detail` is the rest of it, as the log has it."""

    service: str
    entry: HistoryEntry
    words: str
    actor: str
    mood: str
    player: tuple[str, str] | None
    detail: str


async def show(request: web.Request) -> web.StreamResponse:
    """A page; services that do not answer are named."""
    filters = audit_filters(request)
    content: dict[str, Any] = {
        "filters": filters,
        "services": SERVICES,
        "path": PATH,
        "kinds": KINDS,
        "away": (),
        "undo": None,
    }
    try:
        wanted = wanted_by(request, filters, PAGE_LENGTH)
        found = await read(site_of(request), wanted)
    except (Unfit, Away, ValidationError) as error:
        problem: Problem = Unfit(wrongs_of(error)) if isinstance(error, ValidationError) else error
        fields = problem.fields if isinstance(problem, Unfit) else {}
        content |= {"rows": None, "older": None, "problem": problem, "fields": fields}
        return staff_page(request, "audit/page.html", content, problem.status)
    said = texts(language_for(request))
    older = filters.address(cursor=cursor_of(found.next)) if found.next is not None else None
    content |= {"rows": [row_of(said, line) for line in found.lines], "older": older, "away": found.away}
    content["undo"] = _undo(request, wanted.question, found.lines)
    return staff_page(request, "audit/page.html", content)


def row_of(said: Texts, line: Line) -> Row:
    """An event in somebody's language."""
    entry = line.entry
    rest = {name: value for name, value in entry.event.items() if name not in _COMMON}
    return Row(
        service=line.service,
        entry=entry,
        words=in_words(said, entry.type, entry.event),
        actor=actor_name(said, entry.actor),
        mood=mood(entry.type, entry.event),
        player=player_of(entry),
        detail=json.dumps(rest, ensure_ascii=False, indent=1, sort_keys=True),
    )


def _undo(request: web.Request, question: ListEvents, lines: Sequence[Line]) -> str | None:
    """Where to take back what the one did who is asked for, in the same time; None for everybody, or nobody."""
    if question.actor is None or not lines or not person_of(request).may(Right.MANAGE_ADMINS):
        return None
    site, actor = site_of(request), lines[0].entry.actor
    account = site.staff.accounts.get(actor.id)
    by = f"{actor.kind}:{account.login if account else actor.id}"
    return undoing.address(by, site.zone, question.since, question.until)


def actor_name(said: Texts, actor: Actor) -> str:
    """Who did it."""
    return actor_in_words(said, actor.model_dump(mode="json"))


def player_of(entry: HistoryEntry) -> tuple[str, str] | None:
    """Whom it is about: service and id."""
    player = entry.event.get("player")
    if not isinstance(player, dict) or not {"service", "id"} <= player.keys():
        return None
    return str(player["service"]), str(player["id"])
