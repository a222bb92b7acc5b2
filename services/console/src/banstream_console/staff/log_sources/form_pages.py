"""`/console/log-sources/new` and `/console/log-sources/<id>/change`: a source as a form; secrets are sealed at once."""

from typing import Any

from aiohttp import web

from banstream_console.problems.exceptions import Problem, Unfit
from banstream_console.staff.acting import EXPECTED, sent
from banstream_console.staff.hosts import Given, sealed, typed
from banstream_console.staff.knowing import server_names
from banstream_console.staff.log_sources.forms import LONGEST, Wanted, form_of, new_form, wanted_of
from banstream_console.staff.log_sources.pages import PATH, source_of
from banstream_console.staff.pages import done, staff_page
from banstream_console.web.site import site_of
from banstream_contracts.commands.log_sources import AddLogSource, ChangeLogSource
from banstream_contracts.log_sources import LogSource, LogSourceKind
from banstream_runtime.identifiers import new_short_id

NEW = f"{PATH}/new"
_AS_TYPED = ("secret", "rules")


async def show_new(request: web.Request) -> web.StreamResponse:
    """The empty form."""
    return await _form(request, new_form(site_of(request).zone.key))


async def make(request: web.Request) -> web.StreamResponse:
    """Follow the logs in a folder from now on."""
    form = await typed(request, *_AS_TYPED)
    try:
        fields = _fields(request, wanted_of(form, is_new=True))
        result = await sent(request, AddLogSource, source_id=new_short_id(), **fields)
    except EXPECTED as problem:
        return await _form(request, form, problem=problem)
    made = result.log_source if result else None
    return done(request, result, f"{PATH}/{made.id}" if made else PATH)


async def show(request: web.Request) -> web.StreamResponse:
    """The form as the source is."""
    source = await source_of(request)
    return await _form(request, form_of(source), source)


async def change(request: web.Request) -> web.StreamResponse:
    """What the form says holds from the next look on; a secret that is left empty stays."""
    source, form = await source_of(request), await typed(request, *_AS_TYPED)
    try:
        fields = _fields(request, wanted_of(form, is_new=False))
        result = await sent(request, ChangeLogSource, source_id=source.id, **fields)
    except EXPECTED as problem:
        return await _form(request, form, source, problem)
    return done(request, result, f"{PATH}/{source.id}")


def _fields(request: web.Request, wanted: Wanted) -> dict[str, Any]:
    """Of a command. Only the feed opens the secret. Raises Unfit."""
    key = site_of(request).settings.dayz_feed_sealing_public_key
    return {
        "name": wanted.name,
        "login": wanted.login,
        "sealed_secret": sealed(wanted.secret, key, "BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY"),
        **{name: getattr(wanted.reading, name) for name in type(wanted.reading).model_fields},
    }


async def _form(
    request: web.Request, form: Given, source: LogSource | None = None, problem: Problem | None = None
) -> web.Response:
    names = await server_names(request)
    named = [source.server_id] if source else []
    content = {
        "source": source,
        "form": form,
        "one": lambda name: "" if name in LONGEST else next(iter(form.get(name, ())), ""),
        "longest": LONGEST,
        "kinds": list(LogSourceKind),
        "servers": {**{each: each for each in named}, **names},
        "may_seal": bool(site_of(request).settings.dayz_feed_sealing_public_key),
        "path": f"{PATH}/{source.id}/change" if source else NEW,
        "back": f"{PATH}/{source.id}" if source else PATH,
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
    }
    return staff_page(request, "log_sources/form.html", content, problem.status if problem else 200)
