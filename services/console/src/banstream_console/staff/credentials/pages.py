"""`/console/servers` and `/console/tokens`: a secret is shown on the page that follows its form, and never again."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.access.routing import Handler
from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import Problem, Unfit
from banstream_console.staff.acting import EXPECTED, carry_out, confirm, fields_of, sent, several_of
from banstream_console.staff.credentials.forms import DAYS, Kind, made_by, new_credential_secret, scopes_of
from banstream_console.staff.listing import ID, PAGE_LENGTH, filters_of, told
from banstream_console.staff.pages import fresh_once, staff_page
from banstream_console.web.site import language_for
from banstream_contracts import subjects
from banstream_contracts.commands.credentials import CreateCredential, RevokeCredential, RotateCredential
from banstream_contracts.queries.infractions import CredentialPage, ListCredentials
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import new_short_id, secret_hash

PATHS: dict[str, str] = {"server": "/console/servers", "token": "/console/tokens"}


def listing(kind: str) -> Handler:
    """Those that there are, and the form that makes one."""

    async def show(request: web.Request) -> web.StreamResponse:
        return await _all(request, kind)

    return show


def making(kind: str) -> Handler:
    """A new one; the form sent twice makes one, whose secret was on the first answer."""

    async def make(request: web.Request) -> web.StreamResponse:
        secret = new_credential_secret(kind)
        try:
            wanted = made_by(Kind(kind), await several_of(request), scopes_of(person_of(request)))
            result = await sent(
                request, CreateCredential, credential_id=new_short_id(), key_hash=secret_hash(secret), **wanted
            )
        except EXPECTED as problem:
            return await _all(request, kind, problem)
        return _told(request, kind, secret, result, str(wanted["name"]))

    return make


def asking(kind: str, what: str) -> Handler:
    """Whether it is meant: what uses the secret stops working at once."""

    async def ask(request: web.Request) -> web.StreamResponse:
        return _confirm(request, kind, what)

    return ask


def rotating(kind: str) -> Handler:
    """A new secret; the old one ends at once."""

    async def rotate(request: web.Request) -> web.StreamResponse:
        secret = new_credential_secret(kind)
        credential_id = request.match_info["credential_id"]
        try:
            result = await sent(request, RotateCredential, credential_id=credential_id, key_hash=secret_hash(secret))
        except EXPECTED as problem:
            return _confirm(request, kind, "rotate", problem)
        name = result.credential.name if result and result.credential else credential_id
        return _told(request, kind, secret, result, name)

    return rotate


def revoking(kind: str) -> Handler:
    """The end of one."""

    async def revoke(request: web.Request) -> web.StreamResponse:
        async def again(problem: Problem) -> web.StreamResponse:
            return _confirm(request, kind, "revoke", problem)

        reason = (await fields_of(request)).get("reason") or None
        credential_id = request.match_info["credential_id"]
        return await carry_out(
            request, RevokeCredential, PATHS[kind], again, credential_id=credential_id, reason=reason
        )

    return revoke


async def _all(request: web.Request, kind: str, problem: Problem | None = None) -> web.Response:
    filters = filters_of(request)
    found = await told(
        request,
        subjects.QUERY_CREDENTIALS,
        lambda: ListCredentials.model_validate({"kind": kind, "cursor": filters.cursor(ID), "limit": PAGE_LENGTH}),
        CredentialPage,
    )
    form = await several_of(request) if request.method == "POST" else {}
    content: dict[str, Any] = {
        **found.content,
        "filters": filters,
        "kind": kind,
        "path": PATHS[kind],
        "scopes": scopes_of(person_of(request)),
        "days": DAYS,
        "given": {name: values[0] for name, values in form.items()},
        "ticked": form.get("scopes", ["check"] if not form else []),
        "now": datetime.now(UTC),
        "once": fresh_once(),
    }
    if problem:
        content |= {"problem": problem, "fields": problem.fields if isinstance(problem, Unfit) else {}}
    return staff_page(request, "credentials/list.html", content, problem.status if problem else found.status)


def _told(request: web.Request, kind: str, secret: str, result: CommandResult | None, name: str) -> web.Response:
    """A repeat gets the first try's result, to which the secret just made does not belong."""
    credential = result.credential if result else None
    is_ours = credential is None or credential.key_hash == secret_hash(secret)
    content = {
        "kind": kind,
        "path": PATHS[kind],
        "name": name,
        "secret": secret if is_ours else None,
        "credential_id": credential.id if credential else None,
        "stored": result is None,
    }
    return staff_page(request, "credentials/secret.html", content)


def _confirm(request: web.Request, kind: str, what: str, problem: Problem | None = None) -> web.Response:
    said = texts(language_for(request)).say
    credential_id = request.match_info["credential_id"]
    content = {
        "heading": said(f"credential-{what}"),
        "text": said(f"credential-{what}-text", id=credential_id),
        "action": f"{PATHS[kind]}/{credential_id}/{what}",
        "button": said(f"credential-{what}"),
        "back": PATHS[kind],
        "once": fresh_once(),
    }
    return confirm(request, content, problem)
