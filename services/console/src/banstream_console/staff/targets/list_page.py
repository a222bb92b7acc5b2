"""`/console/targets`: every target and how it is, and the form that makes one."""

from aiohttp import web

from banstream_console.problems.exceptions import Away, Problem, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import EXPECTED, sent, several_of
from banstream_console.staff.listing import ID, PAGE_LENGTH, filters_of, told
from banstream_console.staff.pages import fresh_once, staff_page
from banstream_console.staff.targets.forms import (
    LANGUAGES,
    filters_in,
    first,
    new_signing_secret,
    url_of,
)
from banstream_console.web.site import Site, site_of
from banstream_contracts import subjects
from banstream_contracts.commands.notifier import CreateTarget
from banstream_contracts.infractions import Severity
from banstream_contracts.notifier_targets import NEW_TARGETS_EVENTS, TargetKind
from banstream_contracts.queries.notifier import ListTargets, TargetPage
from banstream_contracts.results import CommandResult
from banstream_privacy.transit import seal
from banstream_runtime.identifiers import new_short_id

PATH = "/console/targets"


async def show(request: web.Request) -> web.StreamResponse:
    """The list."""
    return await _page(request)


async def create(request: web.Request) -> web.StreamResponse:
    """Events are told there from now on; a webhook's secret is shown on the answer, and never again."""
    form, target_id = await several_of(request), new_short_id()
    kind = first(form, "kind")
    secret = new_signing_secret() if kind == TargetKind.WEBHOOK else None
    try:
        site = site_of(request)
        result = await sent(
            request,
            CreateTarget,
            target_id=target_id,
            kind=kind,
            name=first(form, "name"),
            sealed_url=sealed(site, url_of(form)),
            sealed_secret=sealed(site, secret) if secret else None,
            filters=filters_in(form),
            language=first(form, "language") or "en",
        )
    except EXPECTED as problem:
        return await _page(request, problem)
    return _made(request, target_id, secret, result)


def sealed(site: Site, text: str) -> str:
    """Only the notifier opens it. Raises Away where this console was not told the notifier's key."""
    key = site.settings.notifier_sealing_public_key
    if not key:
        raise Away(Wrong("no-key", key="BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY"))
    return seal(bytes.fromhex(key), text)


def _made(request: web.Request, target_id: str, secret: str | None, result: CommandResult | None) -> web.Response:
    """A repeat gets the first try's target, to which the secret just made does not belong."""
    target = result.target if result else None
    shown = secret if target is None or target.id == target_id else None
    content = {"secret": shown, "is_webhook": secret is not None, "target": target, "path": PATH, "stored": not result}
    return staff_page(request, "targets/made.html", content)


async def _page(request: web.Request, problem: Problem | None = None) -> web.Response:
    filters = filters_of(request)
    found = await told(
        request,
        subjects.QUERY_TARGETS,
        lambda: ListTargets(cursor=filters.cursor(ID), limit=PAGE_LENGTH),
        TargetPage,
    )
    form = await several_of(request) if request.method == "POST" else {}
    content = {
        **found.content,
        "filters": filters,
        "path": PATH,
        "kinds": list(TargetKind),
        "languages_of_targets": LANGUAGES,
        "severities": list(Severity),
        "events": " ".join(NEW_TARGETS_EVENTS),
        "given": {name: values[0] for name, values in form.items() if name != "url"},
        "ticked": form.get("severities", []),
        "may_make": bool(site_of(request).settings.notifier_sealing_public_key),
        "once": fresh_once(),
    }
    if problem:
        content |= {"problem": problem, "fields": problem.fields if isinstance(problem, Unfit) else {}}
    return staff_page(request, "targets/list.html", content, problem.status if problem else found.status)
