"""`/console/account`: one's own password, second factor and sessions."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from banstream_console.access.people import Person, person_of
from banstream_console.access.sessions import key_of
from banstream_console.problems.exceptions import Away, NotThere, Problem, Refused, TooMany
from banstream_console.staff.guard import set_session
from banstream_console.staff.pages import done, saying_so, staff_page
from banstream_console.staff.signing_in import second_factor
from banstream_console.staff.signing_in.forms import text_of
from banstream_console.staff.signing_in.password_rules import wrong_with
from banstream_console.staff.signing_in.passwords import LONGEST, SHORTEST
from banstream_console.staff.signing_in.signing import Signing, WrongCredentials, signing_of
from banstream_console.web.site import site_of
from banstream_contracts.commands.accounts import (
    AccountCommand,
    DisableTotp,
    EnableTotp,
    RenewRecoveryCodes,
    SetPassword,
)
from banstream_contracts.results import CommandResult

PATH = "/console/account"
TEMPLATE = "signing_in/account.html"

_FAULTS = (WrongCredentials, TooMany, Away, Refused)


async def show(request: web.Request) -> web.StreamResponse:
    """Everything about oneself."""
    return _page(request)


async def set_password(request: web.Request) -> web.StreamResponse:
    """Every session ends, and this one begins anew."""
    person, form, signing = person_of(request), await request.post(), signing_of(request)
    password = text_of(form, "password")
    if wrong := wrong_with(password, text_of(form, "repeated"), [person.account.login, person.account.name]):
        return _page(request, {"wrong": {"password": wrong}}, 422)
    try:
        await signing.prove_again(person.account, text_of(form, "current"))
        sealed = await signing.passwords.sealed(person.account.id, password)
        result = await _send(signing, person, SetPassword, password=sealed)
    except _FAULTS as problem:
        return _refused(request, "current", problem)
    return await _begin_anew(request, signing, person, result, sealed)


async def show_totp(request: web.Request) -> web.StreamResponse:
    """A new secret to read with an app; nothing is kept of it until a code proves that it was read."""
    return _totp(request, second_factor.new_secret())


async def enable_totp(request: web.Request) -> web.StreamResponse:
    """Recovery codes are shown now and never again."""
    person, form, signing = person_of(request), await request.post(), signing_of(request)
    secret = signing.secrets.drafted(person.session_key, text_of(form, "draft"))
    if secret is None:
        raise web.HTTPSeeOther(f"{PATH}/totp")
    step = second_factor.step_of(secret, text_of(form, "code"), signing.now())
    if step is None:
        return _totp(request, secret, {"wrong": {"code": "code-wrong"}}, 422)
    codes, kept = second_factor.new_recovery_codes()
    try:
        await signing.prove_again(person.account, text_of(form, "current"))
        sealed = signing.secrets.sealed(person.account.id, secret)
        await _send(signing, person, EnableTotp, totp=sealed, recovery=kept)
        await signing.attempts.succeed(signing.attempts.of_name(person.account.login), step)
    except _FAULTS as problem:
        return _totp(
            request, secret, {"wrong": _wrong("current", problem), "problem": _told(problem)}, _status(problem)
        )
    return staff_page(request, "signing_in/recovery_codes.html", {"codes": codes, "is_code_used": True})


async def disable_totp(request: web.Request) -> web.StreamResponse:
    """The password is asked for, as it is all that is left."""
    person, form, signing = person_of(request), await request.post(), signing_of(request)
    try:
        await signing.prove_again(person.account, text_of(form, "current"))
        result = await _send(signing, person, DisableTotp)
    except _FAULTS as problem:
        return _refused(request, "totp", problem)
    return done(request, result, PATH)


async def renew_recovery_codes(request: web.Request) -> web.StreamResponse:
    """Those before are good for nothing any more."""
    person, form, signing = person_of(request), await request.post(), signing_of(request)
    codes, kept = second_factor.new_recovery_codes()
    try:
        await signing.prove_again(person.account, text_of(form, "current"))
        await _send(signing, person, RenewRecoveryCodes, recovery=kept)
    except _FAULTS as problem:
        return _refused(request, "totp", problem)
    return staff_page(request, "signing_in/recovery_codes.html", {"codes": codes, "is_code_used": False})


async def end_session(request: web.Request) -> web.StreamResponse:
    """One of one's own."""
    person, sessions = person_of(request), site_of(request).staff.sessions
    key = request.match_info["key"]
    if key not in {each for each, _ in sessions.of(person.account.id)}:
        raise NotThere("no session of yours")
    await sessions.end([key])
    raise web.HTTPSeeOther(saying_so(person, PATH, "done"))


async def end_other_sessions(request: web.Request) -> web.StreamResponse:
    """All but this one."""
    person, sessions = person_of(request), site_of(request).staff.sessions
    await sessions.end(key for key, _ in sessions.of(person.account.id) if key != person.session_key)
    raise web.HTTPSeeOther(saying_so(person, PATH, "done"))


async def _send(signing: Signing, person: Person, kind: type[AccountCommand], **fields: object) -> CommandResult | None:
    command = signing.staff.commands.build(person, kind, "", account_id=person.account.id, **fields)
    result = await signing.staff.commands.send(command)
    await signing.catch_up(result)
    return result


async def _begin_anew(
    request: web.Request, signing: Signing, person: Person, result: CommandResult | None, password: str
) -> web.StreamResponse:
    """Where the command is not carried out yet, this session ends with the others once it is."""
    if result is None:
        return done(request, result, PATH)
    sessions, agent = signing.staff.sessions, request.headers.get("User-Agent", "")
    token = await sessions.begin_session(person.account.id, agent, signing.now(), password)
    await sessions.end(key for key, _ in sessions.of(person.account.id) if key != key_of(token))
    response = web.HTTPSeeOther(saying_so(Person(person.account, key_of(token), token), PATH, "done"))
    set_session(request, response, token)
    raise response


def _page(request: web.Request, content: Mapping[str, Any] | None = None, status: int = 200) -> web.Response:
    person, staff = person_of(request), site_of(request).staff
    now = signing_of(request).now()
    account = staff.accounts.get(person.account.id) or person.account
    shown = {
        "account": account,
        "sessions": [
            (key, session)
            for key, session in staff.sessions.of(account.id)
            if not staff.limits.is_over(session, account, now)
        ],
        "own_key": person.session_key,
        "shortest": SHORTEST,
        "longest": LONGEST,
        "wrong": {},
    }
    return staff_page(request, TEMPLATE, {**shown, **(content or {})}, status)


def _totp(
    request: web.Request, secret: str, content: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    person, signing = person_of(request), signing_of(request)
    issuer = site_of(request).settings.console_title or "banstream"
    address = second_factor.address_of(secret, person.account.login, issuer)
    shown = {
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "picture": second_factor.picture_of(address),
        "address": address,
        "draft": signing.secrets.draft(person.session_key, secret),
        "wrong": {},
    }
    return staff_page(request, "signing_in/totp.html", {**shown, **(content or {})}, status)


def _refused(request: web.Request, field: str, problem: Problem) -> web.Response:
    return _page(request, {"wrong": _wrong(field, problem), "problem": _told(problem)}, _status(problem))


def _wrong(field: str, problem: Problem) -> dict[str, str]:
    return {field: "password-wrong"} if isinstance(problem, WrongCredentials) else {}


def _told(problem: Problem) -> Problem | None:
    return None if isinstance(problem, WrongCredentials) else problem


def _status(problem: Problem) -> int:
    return 422 if isinstance(problem, WrongCredentials) else problem.status
