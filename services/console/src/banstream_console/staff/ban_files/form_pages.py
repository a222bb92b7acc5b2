"""`/console/ban-files/new` and `/console/ban-files/<id>/change`: a ban file as a form; secrets are sealed at once."""

from aiohttp import web

from banstream_console.problems.exceptions import Problem, Unfit
from banstream_console.staff.acting import EXPECTED, sent
from banstream_console.staff.ban_files.forms import LONGEST, REPAIR, REPORT, form_of, wanted_of
from banstream_console.staff.ban_files.pages import PATH, found_of
from banstream_console.staff.hosts import Given, sealed, typed
from banstream_console.staff.knowing import server_names
from banstream_console.staff.pages import done, staff_page
from banstream_console.web.site import site_of
from banstream_contracts.ban_files import BanFile, BanFileFormat, BanFileKind
from banstream_contracts.commands.ban_files import ChangeBanFile, CreateBanFile
from banstream_contracts.infractions import Scope
from banstream_runtime.identifiers import new_short_id

NEW = f"{PATH}/new"
_AS_TYPED = ("secret", "passphrase")
"""Blanks at an end of these may be part of them."""


async def show_new(request: web.Request) -> web.StreamResponse:
    """The empty form."""
    return await _form(request, {"drift": [REPAIR], "kind": [BanFileKind.SFTP.value]})


async def make(request: web.Request) -> web.StreamResponse:
    """Keep a file in step with the bans from now on."""
    form = await typed(request, *_AS_TYPED)
    try:
        wanted = wanted_of(form)
        result = await sent(
            request,
            CreateBanFile,
            ban_file_id=new_short_id(),
            name=wanted.name,
            format=wanted.format,
            place=wanted.place,
            sealed_secret=_sealed(request, wanted.secret),
            filters=wanted.filters,
            policy=wanted.policy,
            paused="paused" in form,
        )
    except EXPECTED as problem:
        return await _form(request, form, problem=problem)
    made = result.ban_file if result else None
    return done(request, result, f"{PATH}/{made.id}" if made else PATH)


async def show(request: web.Request) -> web.StreamResponse:
    """The form as the file is."""
    ban_file = await _present(request)
    return await _form(request, form_of(ban_file), ban_file)


async def change(request: web.Request) -> web.StreamResponse:
    """What the form says holds from now on; a secret that is left empty stays."""
    ban_file, form = await _present(request), await typed(request, *_AS_TYPED)
    try:
        wanted = wanted_of(form, ban_file)
        result = await sent(
            request,
            ChangeBanFile,
            ban_file_id=ban_file.id,
            name=wanted.name,
            place=wanted.place,
            sealed_secret=_sealed(request, wanted.secret),
            filters=wanted.filters,
            policy=wanted.policy,
        )
    except EXPECTED as problem:
        return await _form(request, form, ban_file, problem)
    return done(request, result, f"{PATH}/{ban_file.id}")


async def _present(request: web.Request) -> BanFile:
    found = await found_of(request)
    assert found.ban_file  # noqa: S101 - `found_of` raises where there is none
    return found.ban_file


def _sealed(request: web.Request, secret: str | None) -> str | None:
    """Only ftp-sync opens it. Raises Unfit."""
    return sealed(
        secret, site_of(request).settings.ftp_sync_sealing_public_key, "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY"
    )


async def _form(
    request: web.Request, form: Given, ban_file: BanFile | None = None, problem: Problem | None = None
) -> web.Response:
    names = await server_names(request)
    named = dict.fromkeys(form.get("servers", ()))
    content = {
        "file": ban_file,
        "form": form,
        "one": lambda name: "" if name in LONGEST else next(iter(form.get(name, ())), ""),
        "longest": LONGEST,
        "formats": list(BanFileFormat),
        "kinds": list(BanFileKind),
        "scopes": list(Scope),
        "drifts": (REPAIR, REPORT),
        "servers": {**{each: each for each in named}, **names},
        "may_seal": bool(site_of(request).settings.ftp_sync_sealing_public_key),
        "path": f"{PATH}/{ban_file.id}/change" if ban_file else NEW,
        "back": f"{PATH}/{ban_file.id}" if ban_file else PATH,
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
    }
    return staff_page(request, "ban_files/form.html", content, problem.status if problem else 200)
