"""`/console/undo`: what somebody did, or an import brought, is looked at, and taken back page by page."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Problem, Unfit
from banstream_console.staff.acting import EXPECTED, fields_of
from banstream_console.staff.bans.list_page import rows_of
from banstream_console.staff.listing import filters_of
from banstream_console.staff.moments import typed
from banstream_console.staff.pages import staff_page
from banstream_console.staff.typed import ALSO_SENT_AGAIN
from banstream_console.staff.undoing.asked import FIELDS, IMPORT, UNTIL, Asked, Doings, read_asked
from banstream_console.staff.undoing.doing import Outcome, Told, do_page, would_be
from banstream_console.staff.undoing.looking import Looked, freed, look
from banstream_console.staff.undoing.progress import BEGAN, Progress
from banstream_console.staff.undoing.rows import undo_rows
from banstream_console.web.site import site_of
from banstream_edge.undoing import CLOCKS_DIFFER

PATH = "/console/undo"

_EDIT, _CONFIRM = "edit", "confirm"
_SHOWN = 100


def address(by: str, zone: ZoneInfo, since: datetime | None = None, until: datetime | None = None) -> str:
    """The form, filled in with whose doing and when; an end that has not come is left out."""
    times = {"done_since": since, "done_until": until if until and until <= datetime.now(UTC) else None}
    return _address({"by": by, **{name: typed(each, zone) for name, each in times.items() if each}})


async def show(request: web.Request) -> web.StreamResponse:
    """The form; the address may fill it in. Of the last day where nothing else is said."""
    given = dict(filters_of(request, *FIELDS).given)
    day_before = datetime.now(UTC) - timedelta(days=1)
    return _form(request, {"done_since": typed(day_before, site_of(request).zone), **given})


async def submit(request: web.Request) -> web.StreamResponse:
    """Show what will be, take back a page, or go back to the form."""
    given = await fields_of(request)
    step = given.get("step")
    if step == _EDIT:
        return _form(request, given)
    if step != _CONFIRM:
        given.pop(UNTIL, None)
    site = site_of(request)
    try:
        asked = read_asked(given, site.staff.accounts, site.zone, datetime.now(UTC))
        if step != _CONFIRM:
            return await _preview(request, given, asked, await look(site, asked))
    except EXPECTED as problem:
        return _form(request, given, problem)
    return await _do(request, given, asked)


async def _preview(request: web.Request, given: Mapping[str, str], asked: Asked, looked: Looked) -> web.Response:
    told = [would_be(each) for each in looked.items]
    who = await freed(site_of(request), looked.items)
    counts: Counter[str] = Counter(each.outcome for each in told)
    content = {
        **_common(request, asked, told, counts),
        "total": len(told),
        "is_all": looked.is_all,
        "is_worth_it": bool(counts.keys() - {"left", "unchanged"}) or not looked.is_all,
        "free": rows_of(request, who.free),
        "bound": rows_of(request, who.bound),
        "more_players": who.more,
        "given": _carried(given, asked, Progress(len(told), looked.is_all)),
    }
    return staff_page(request, "undoing/preview.html", content)


async def _do(request: web.Request, given: Mapping[str, str], asked: Asked) -> web.Response:
    """Raises Away: the form comes back whole, with when it was sent first, and can be sent again."""
    if not given.get(BEGAN):
        began = typed(datetime.now(UTC) - CLOCKS_DIFFER, site_of(request).zone)
        given = {**given, BEGAN: began}
        request[ALSO_SENT_AGAIN] = {BEGAN: began}
    before = Progress.read(given)
    progress = before.after(part := await do_page(request, asked, before.begin))
    content = {
        **_common(request, asked, part.told, progress.so_far),
        "progress": progress,
        "back": _address({"by": f"person:{person_of(request).account.login}", "done_since": progress.began}),
        "given": _carried(given, asked, progress),
    }
    return staff_page(request, "undoing/done.html", content)


def _common(request: web.Request, asked: Asked, told: Iterable[Told], counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "asked": asked,
        "rows": undo_rows(request, told, _SHOWN),
        "counts": {each: counts[each] for each in get_args(Outcome) if counts.get(each)},
        "path": PATH,
        "answers_form": True,
    }


def _form(request: web.Request, given: Mapping[str, str], problem: Problem | None = None) -> web.Response:
    content = {
        "given": {name: given.get(name, "") for name in FIELDS},
        "is_import": given.get("by", "").startswith(IMPORT),
        "path": PATH,
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
    }
    return staff_page(request, "undoing/form.html", content, problem.status if problem else 200)


def _carried(given: Mapping[str, str], asked: Asked, progress: Progress) -> list[tuple[str, str]]:
    """What was typed, the end that the preview has fixed, and how far it is."""
    typed = [(name, given.get(name, "")) for name in FIELDS]
    fixed = [(UNTIL, asked.what.until.isoformat())] if isinstance(asked.what, Doings) else []
    return [*typed, *fixed, *progress.fields]


def _address(given: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode(given)}"
