"""`/console/bans/<id>/amend`, `lift` and `reinstate`: what will be is shown first; a second form carries it out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Forbidden, Problem, Refused, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import EXPECTED, on_one_line, sent, several_of
from banstream_console.staff.bans.list_page import PATH, rows_of
from banstream_console.staff.bans.one_page import infraction_of, may_change, shown
from banstream_console.staff.bans.terms import Given, Terms, changes_of, end_after, hidden_of, one, read_terms
from banstream_console.staff.durations import written
from banstream_console.staff.events_in_words import NOT_SAID
from banstream_console.staff.infractions_in_words import Saying, lacking, may_edit, punishments_of, scopes_of
from banstream_console.staff.knowing import saying
from banstream_console.staff.pages import done, saying_so, staff_page
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    InfractionCommand,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Infraction, Lifetime, Severity, Status
from banstream_contracts.results import Refusal
from banstream_contracts.text import LINE_END

_EDIT, _CONFIRM = "edit", "confirm"
_SEEN = "seen"
"""The field that says what the infraction was like when the form was read."""
_LEFT = "-"
"""Behind it stands the time that was left then; who leaves that as it is does not take back what is served since."""
_ENDINGS: Mapping[str, type[InfractionCommand]] = {"lift": LiftInfraction, "reinstate": ReinstateInfraction}

Told = str | datetime
Lines = list[tuple[str, Told, Told]]
"""A text id, what it is now, and what it will be."""


async def show_amend(request: web.Request) -> web.StreamResponse:
    """The form as the infraction is now."""
    infraction = await _editable(request)
    return await _too_late(request, infraction) or _amend_form(request, infraction, _as_given(infraction))


async def amend(request: web.Request) -> web.StreamResponse:
    """Show what changes, carry it out, or go back to the form."""
    infraction, given = await _editable(request), await several_of(request)
    step = one(given, "step")
    if step != _CONFIRM and (late := await _too_late(request, infraction)):
        return late
    if step == _EDIT:
        return _amend_form(request, infraction, given)
    try:
        terms = read_terms({**given, "server": [infraction.server_id or ""]})
        seen, mark, left = one(given, _SEEN).partition(_LEFT)
        if seen not in {"", now := _as_seen(infraction)}:
            given = {**given, _SEEN: [now + mark + left]}
            raise Unfit({"": Wrong("changed-meanwhile")})
        if terms.lifetime is infraction.lifetime is Lifetime.ONLINE and left == str(terms.duration_seconds):
            terms = terms.model_copy(update={"duration_seconds": infraction.time_left_seconds})
        changes = changes_of(terms, infraction)
        _check(request, infraction, terms, changes)
        if step == _CONFIRM:
            sent_changes = InfractionChanges.model_validate(changes)
            result = await sent(request, AmendInfraction, infraction_id=infraction.id, changes=sent_changes)
            return done(request, result, f"{PATH}/{infraction.id}")
    except EXPECTED as problem:
        return _amend_form(request, infraction, given, problem)
    return _preview(request, infraction, given, "amend", _lines(request, infraction, terms, changes))


async def show_ending(request: web.Request) -> web.StreamResponse:
    """The form that asks for a reason."""
    infraction = await _editable(request)
    return await _too_late(request, infraction) or _ending_form(request, infraction, {})


async def ending(request: web.Request) -> web.StreamResponse:
    """Lift or put back: show what will be, or carry it out."""
    what = request.match_info["what"]
    infraction, given = await _editable(request), await several_of(request)
    step, reason = one(given, "step"), on_one_line(one(given, "reason"))
    if step != _CONFIRM and (late := await _too_late(request, infraction)):
        return late
    try:
        if not reason and step != _EDIT:
            raise Unfit({"reason": Wrong("say-why")})
        if step == _CONFIRM:
            result = await sent(request, _ENDINGS[what], infraction_id=infraction.id, reason=reason)
            return done(request, result, f"{PATH}/{infraction.id}")
    except Refused as problem:
        return await shown(request, await infraction_of(request), problem)
    except EXPECTED as problem:
        return _ending_form(request, infraction, given, problem)
    if step == _EDIT:
        return _ending_form(request, infraction, given)
    said = saying(request)
    now, then = (
        (said.punishments(infraction.punishments), NOT_SAID)
        if what == "lift"
        else (NOT_SAID, _end_of(said, infraction))
    )
    lines: Lines = [("ban-punishments" if what == "lift" else "ban-ends", now, then), ("desk-reason", "", reason)]
    return _preview(request, infraction, given, what, lines)


async def _editable(request: web.Request) -> Infraction:
    """Raises NotThere, Forbidden or Away."""
    infraction = await infraction_of(request)
    if not may_edit(person_of(request), infraction):
        raise Forbidden
    return infraction


async def _too_late(request: web.Request, infraction: Infraction) -> web.Response | None:
    """In place of a form: its change was made already, or cannot be made any more. None where it can be made."""
    what = request.match_info.get("what", "amend")
    if may_change(infraction, what, datetime.now(UTC)):
        return None
    if what == "lift" or infraction.status is Status.ACTIVE:
        raise web.HTTPSeeOther(saying_so(person_of(request), f"{PATH}/{infraction.id}", "unchanged"))
    return await shown(request, infraction, Refused(Refusal(code="ended", message="The infraction has ended.")))


def _check(request: web.Request, infraction: Infraction, terms: Terms, changes: Mapping[str, object]) -> None:
    """Raises Unfit for no change at all, and for what the role of who asks does not reach."""
    if not changes:
        raise Unfit({"": Wrong("no-change")})
    touched = tuple(set(terms.punishments) ^ set(infraction.punishments))
    scope = terms.scope if "scope" in changes else None
    missing = lacking(person_of(request), touched, scope)
    if missing:
        raise Unfit({field: Wrong("right", right=right.value) for field, right in missing.items()})


def _lines(request: web.Request, infraction: Infraction, terms: Terms, changes: Mapping[str, object]) -> Lines:
    said, lines = saying(request), []
    if "lifetime" in changes:
        then = end_after(terms, infraction) or said.end(terms.lifetime, None, terms.duration_seconds)
        lines.append(("ban-ends", _end_of(said, infraction), then))
    if "punishments" in changes:
        now, then = said.punishments(infraction.punishments), said.punishments(terms.punishments)
        lines.append(("ban-punishments", now, then))
    if "scope" in changes:
        lines.append(("desk-scope", said.scope(infraction.scope), said.scope(terms.scope)))
    if "category" in changes:
        lines.append(("ban-category", said.category(infraction.category), said.category(terms.category)))
    if "severity" in changes:
        lines.append(("ban-severity", said.severity(infraction.severity), said.severity(terms.severity)))
    for name, text_id in {"reason": "desk-reason", "note": "ban-note", "evidence": "ban-evidence"}.items():
        if name in changes:
            lines.append((text_id, str(getattr(infraction, name) or NOT_SAID), str(getattr(terms, name) or NOT_SAID)))
    return lines


def _end_of(said: Saying, infraction: Infraction) -> Told:
    at = infraction.expires_at if infraction.lifetime is Lifetime.TIMED else None
    return at or said.end_of(infraction)


def _preview(request: web.Request, infraction: Infraction, given: Given, what: str, lines: Lines) -> web.Response:
    (row,) = rows_of(request, (infraction,))
    is_over = what == "amend" and _would_be_over(lines, given, infraction)
    content = {
        "row": row,
        "lines": lines,
        "what": what,
        "is_over": is_over,
        "given": hidden_of(given),
        "path": f"{PATH}/{infraction.id}",
        "answers_form": True,
    }
    return staff_page(request, "bans/change_preview.html", content)


def _would_be_over(lines: Lines, given: Given, infraction: Infraction) -> bool:
    """A duration counts from when it was issued, so that a short one may have passed."""
    if not any(text_id == "ban-ends" for text_id, _, _ in lines):
        return False
    end = end_after(read_terms({**given, "server": [infraction.server_id or ""]}), infraction)
    return end is not None and end <= datetime.now(UTC)


def _as_seen(infraction: Infraction) -> str:
    """Changes with everything that a form shows, but for time that is served meanwhile."""
    is_served = infraction.lifetime is Lifetime.ONLINE
    shown = {name: values for name, values in _fields(infraction).items() if not (is_served and name == "lasts")}
    return sha256(repr(shown).encode()).hexdigest()[:32]


def _as_given(infraction: Infraction) -> Given:
    left = f"{_LEFT}{infraction.time_left_seconds}" if infraction.lifetime is Lifetime.ONLINE else ""
    fields = {name: [value.replace(LINE_END, "\n") for value in values] for name, values in _fields(infraction).items()}
    return {**fields, _SEEN: [_as_seen(infraction) + left]}


def _fields(infraction: Infraction) -> Given:
    lasts = infraction.time_left_seconds if infraction.lifetime is Lifetime.ONLINE else infraction.duration_seconds
    return {
        "punishments": [each.value for each in infraction.punishments],
        "lifetime": [infraction.lifetime.value],
        "lasts": [written(lasts)],
        "reason": [infraction.reason],
        "note": [infraction.note or ""],
        "scope": [infraction.scope.value],
        "category": [infraction.category or ""],
        "severity": [infraction.severity.value if infraction.severity else ""],
        "evidence": [infraction.evidence or ""],
    }


def _amend_form(
    request: web.Request, infraction: Infraction, given: Given, problem: Problem | None = None
) -> web.Response:
    person = person_of(request)
    content = {
        "given": given,
        "one": lambda name: one(given, name),
        "punishments": [each.value for each in dict.fromkeys((*punishments_of(person), *infraction.punishments))],
        "scopes": [each.value for each in dict.fromkeys((*scopes_of(person), infraction.scope))],
        "lifetimes": [each.value for each in Lifetime],
        "severities": [each.value for each in reversed(Severity)],
    }
    return _page(request, infraction, "bans/amend.html", content, problem)


def _ending_form(
    request: web.Request, infraction: Infraction, given: Given, problem: Problem | None = None
) -> web.Response:
    content = {"what": request.match_info["what"], "reason": one(given, "reason")}
    return _page(request, infraction, "bans/ending.html", content, problem)


def _page(
    request: web.Request,
    infraction: Infraction,
    template: str,
    content: Mapping[str, object],
    problem: Problem | None,
) -> web.Response:
    (row,) = rows_of(request, (infraction,))
    common = {
        "infraction": infraction,
        "row": row,
        "path": f"{PATH}/{infraction.id}",
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
    }
    return staff_page(request, template, {**common, **content}, problem.status if problem else 200)
