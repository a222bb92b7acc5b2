"""`/console/accounts`: who signs in; invite, change and end accounts below one's own."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from aiohttp import web

from banstream_console.access.commands import ONCE_FIELD, once_for
from banstream_console.access.people import Person, person_of
from banstream_console.problems.exceptions import Away, NotThere, Problem, Refused, Unfit
from banstream_console.staff.acting import fields_of
from banstream_console.staff.pages import done, staff_page
from banstream_console.staff.signing_in.forms import text_of
from banstream_console.staff.signing_in.signing import signing_of
from banstream_console.web.site import site_of
from banstream_contracts.accounts import INVITATION_SECONDS, AccountEntry, Role, account_id
from banstream_contracts.commands.accounts import (
    AccountCommand,
    ChangeRole,
    DisableAccount,
    DisableTotp,
    EnableAccount,
    InviteAccount,
    RenewInvitation,
    RevokeSessions,
)
from banstream_contracts.results import CommandResult
from banstream_runtime.identifiers import secret_hash

PATH = "/console/accounts"

_PLAIN: Mapping[str, type[AccountCommand]] = {
    "enable": EnableAccount,
    "disable-totp": DisableTotp,
    "revoke-sessions": RevokeSessions,
}


async def show_all(request: web.Request) -> web.StreamResponse:
    """Every account by name, and the form that invites."""
    return _all(request)


async def invite(request: web.Request) -> web.StreamResponse:
    """The link is shown now and never again."""
    person, form = person_of(request), await request.post()
    login, once = text_of(form, "login").strip(), await _once(request)
    given = {"login": login, "name": text_of(form, "name") or login, "role": text_of(form, "role")}
    token = _token(request, person, once)
    try:
        result = await _send(request, InviteAccount, account_id(login), once, **given, **_link(request, token))
    except (Unfit, Refused, Away) as problem:
        fields = problem.fields if isinstance(problem, Unfit) else {}
        return _all(request, {"problem": problem, "fields": fields, "given": given}, problem.status)
    return _linked(request, login, token, result)


async def show(request: web.Request) -> web.StreamResponse:
    """One account and what may be done about it."""
    return _one(request, _account(request))


async def renew_invitation(request: web.Request) -> web.StreamResponse:
    """A new link, shown now and never again."""
    account, person, once = _account(request), person_of(request), await _once(request)
    token = _token(request, person, once)
    try:
        result = await _send(request, RenewInvitation, account.id, once, **_link(request, token))
    except (Refused, Away) as problem:
        return _one(request, account, problem)
    return _linked(request, account.login, token, result)


async def change_role(request: web.Request) -> web.StreamResponse:
    """To one that the person may give."""
    return await _change(request, ChangeRole, role=text_of(await request.post(), "role"))


async def disable(request: web.Request) -> web.StreamResponse:
    """With a reason for staff, if there is one."""
    return await _change(request, DisableAccount, reason=text_of(await request.post(), "reason") or None)


async def change_plainly(request: web.Request) -> web.StreamResponse:
    """What needs nothing but being asked for."""
    return await _change(request, _PLAIN[request.match_info["what"]])


async def _change(request: web.Request, kind: type[AccountCommand], **fields: object) -> web.StreamResponse:
    account, once = _account(request), await _once(request)
    try:
        result = await _send(request, kind, account.id, once, **fields)
    except (Unfit, Refused, Away) as problem:
        return _one(request, account, problem, fields)
    return done(request, result, f"{PATH}/{account.id}")


async def _once(request: web.Request) -> str:
    """Of the form and what it says: filled in anew it is about another command, and another link."""
    form = await fields_of(request)
    return once_for(form.pop(ONCE_FIELD, ""), request.path, sorted(form.items()))


async def _send(
    request: web.Request, kind: type[AccountCommand], about: str, once: str, **fields: object
) -> CommandResult | None:
    signing, person = signing_of(request), person_of(request)
    command = signing.staff.commands.build(person, kind, once, account_id=about, **fields)
    result = await signing.staff.commands.send(command)
    await signing.catch_up(result)
    return result


def _token(request: web.Request, person: Person, once: str) -> str:
    """Made of the form: sent twice it is one command, and the link that is shown is the one that holds."""
    about = f"{request.path} {person.account.id} {once or secrets.token_hex(16)}"
    return urlsafe_b64encode(hmac.digest(signing_of(request).link_key, about.encode(), "sha256")).decode().rstrip("=")


def _link(request: web.Request, token: str) -> dict[str, object]:
    until = signing_of(request).now() + timedelta(seconds=INVITATION_SECONDS)
    return {"invitation": secret_hash(token), "invited_until": until}


def _linked(request: web.Request, login: str, token: str, result: CommandResult | None) -> web.Response:
    base = site_of(request).settings.console_url or str(request.url.origin())
    content = {"login": login, "link": f"{base.rstrip('/')}/join/{token}", "stored": result is None}
    return staff_page(request, "signing_in/invited.html", content)


def _account(request: web.Request) -> AccountEntry:
    account = site_of(request).staff.accounts.get(request.match_info["account_id"])
    if account is None:
        raise NotThere("no account has this id")
    return account


def _all(request: web.Request, content: Mapping[str, Any] | None = None, status: int = 200) -> web.Response:
    person, staff = person_of(request), site_of(request).staff
    now = signing_of(request).now()
    shown = {
        "accounts": sorted(staff.accounts, key=lambda each: each.login),
        "roles": _roles(person),
        "given": {"login": "", "name": "", "role": Role.MODERATOR},
        "now": now,
    }
    return staff_page(request, "signing_in/accounts.html", {**shown, **(content or {})}, status)


def _one(
    request: web.Request,
    account: AccountEntry,
    problem: Problem | None = None,
    given: Mapping[str, object] = MappingProxyType({}),
) -> web.Response:
    person, staff = person_of(request), site_of(request).staff
    now = signing_of(request).now()
    sessions = [each for key, each in staff.sessions.of(account.id) if not staff.limits.is_over(each, account, now)]
    shown = {
        "account": account,
        "roles": _roles(person),
        "may_manage": person.account.role.manages(account.role),
        "is_own": person.account.id == account.id,
        "sessions": sessions,
        "now": now,
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
        "given": given,
    }
    return staff_page(request, "signing_in/one_account.html", shown, problem.status if problem else 200)


def _roles(person: Person) -> list[Role]:
    return [role for role in Role if person.account.role.manages(role)]
