"""`/console/targets/<id>`: how telling goes, what was told, and what may be done about it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import NotThere, OfALaterRelease, Problem, Unfit
from banstream_console.staff.acting import EXPECTED, carry_out, confirm, fields_of, several_of
from banstream_console.staff.listing import PAGE_LENGTH, PLACE, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.staff.targets.forms import LANGUAGES, filters_in, first, url_of
from banstream_console.staff.targets.list_page import PATH, sealed
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.commands.notifier import (
    ChangeTarget,
    PauseTarget,
    RedeliverDelivery,
    RemoveTarget,
    ResumeTarget,
    TargetCommand,
    TestTarget,
)
from banstream_contracts.infractions import Severity
from banstream_contracts.queries.notifier import DeliveryPage, DeliveryStatus, GetTarget, ListDeliveries, TargetFound

_PLAIN: Mapping[str, type[TargetCommand]] = {"test": TestTarget, "pause": PauseTarget, "resume": ResumeTarget}


async def show(request: web.Request) -> web.StreamResponse:
    """One target and a page of what was told to it."""
    return await _page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """Try, stop or go on."""
    return await _change(request, _PLAIN[request.match_info["what"]])


async def change(request: web.Request) -> web.StreamResponse:
    """What the form names; an address that is left empty stays."""
    form = await several_of(request)
    try:
        address = {"sealed_url": sealed(site_of(request), url_of(form))} if first(form, "url") else {}
        fields = {"name": first(form, "name"), "language": first(form, "language"), "filters": filters_in(form)}
    except EXPECTED as problem:
        return await _page(request, problem)
    return await _change(request, ChangeTarget, **fields, **address)


async def redeliver(request: web.Request) -> web.StreamResponse:
    """Tell one event again."""
    event_id = (await fields_of(request)).get("event", "")
    return await _change(request, RedeliverDelivery, event_id=event_id)


async def ask(request: web.Request) -> web.StreamResponse:
    """Whether it is meant."""
    return _confirm(request)


async def remove(request: web.Request) -> web.StreamResponse:
    """The end of a target; what waits is not told."""

    async def again(problem: Problem) -> web.StreamResponse:
        return _confirm(request, problem)

    return await carry_out(request, RemoveTarget, PATH, again, target_id=request.match_info["target_id"])


async def _change(request: web.Request, kind: type[TargetCommand], **fields: object) -> web.StreamResponse:
    target_id = request.match_info["target_id"]
    return await carry_out(request, kind, f"{PATH}/{target_id}", partial(_page, request), target_id=target_id, **fields)


def _confirm(request: web.Request, problem: Problem | None = None) -> web.Response:
    said = texts(language_for(request)).say
    content = {
        "heading": said("target-remove"),
        "text": said("target-remove-text"),
        "action": request.path,
        "button": said("target-remove"),
        "back": f"{PATH}/{request.match_info['target_id']}",
    }
    return confirm(request, content, problem)


async def _page(request: web.Request, problem: Problem | None = None) -> web.Response:
    target_id = request.match_info["target_id"]
    found = await site_of(request).staff.questions.ask(
        subjects.QUERY_TARGET, GetTarget(target_id=target_id), TargetFound
    )
    if found.unreadable is not None:
        raise OfALaterRelease(f"this target cannot be read: {found.unreadable}")
    if found.target is None:
        raise NotThere("no target has this id")
    filters = filters_of(request, "status")
    deliveries = await told(
        request,
        subjects.QUERY_DELIVERIES,
        lambda: ListDeliveries.model_validate(
            {
                "target_id": target_id,
                "status": filters.get("status"),
                "cursor": filters.cursor(PLACE),
                "limit": PAGE_LENGTH,
            }
        ),
        DeliveryPage,
    )
    form = await several_of(request) if request.method == "POST" and request.path == f"{PATH}/{target_id}" else {}
    content: dict[str, Any] = {
        **deliveries.content,
        "target": found.target,
        "progress": found.progress,
        "filters": filters,
        "path": f"{PATH}/{target_id}",
        "all": PATH,
        "statuses": list(DeliveryStatus),
        "languages_of_targets": LANGUAGES,
        "severities": list(Severity),
        "given": {name: values[0] for name, values in form.items() if name != "url"},
        "ticked": form.get("severities", found.target.filters.severities if not form else []),
        "may_make": bool(site_of(request).settings.notifier_sealing_public_key),
    }
    if problem:
        content |= {"problem": problem, "fields": problem.fields if isinstance(problem, Unfit) else {}}
    return staff_page(request, "targets/one.html", content, problem.status if problem else deliveries.status)
