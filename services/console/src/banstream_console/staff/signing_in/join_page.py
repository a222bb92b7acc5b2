"""`/join/TOKEN`: choose a password by a link, once."""

from datetime import UTC, datetime

from aiohttp import web

from banstream_console.problems.exceptions import Away, NotThere, Problem, Refused, TooMany
from banstream_console.staff.guard import SIGN_IN
from banstream_console.staff.signing_in.forms import text_of
from banstream_console.staff.signing_in.password_rules import wrong_with
from banstream_console.staff.signing_in.passwords import LONGEST, SHORTEST
from banstream_console.staff.signing_in.signing import signing_of
from banstream_console.web.templates import rendered
from banstream_contracts.accounts import AccountEntry

_LONGEST_TOKEN = 128


class DeadLink(NotThere):
    """A link that was used, is too old, was replaced, or never was one."""

    text_id = "error-dead-link"


async def show(request: web.Request) -> web.StreamResponse:
    """The form, with the name that the password will be for."""
    return _form(request, _invited(request))


async def join(request: web.Request) -> web.StreamResponse:
    """On to signing in."""
    account, form = _invited(request), await request.post()
    password = text_of(form, "password")
    if wrong := wrong_with(password, text_of(form, "repeated"), [account.login, account.name]):
        return _form(request, account, wrong=wrong)
    try:
        result = await signing_of(request).join(account, request.match_info["token"], password)
    except Refused:
        raise DeadLink from None
    except (TooMany, Away) as problem:
        return _form(request, account, problem=problem)
    raise web.HTTPSeeOther(f"{SIGN_IN}?said={'joined' if result else 'stored'}")


def _invited(request: web.Request) -> AccountEntry:
    signing, token = signing_of(request), request.match_info["token"]
    signing.staff.must_be_loaded()
    account = signing.invited_by(token, datetime.now(UTC)) if len(token) <= _LONGEST_TOKEN else None
    if account is None:
        raise DeadLink
    return account


def _form(
    request: web.Request, account: AccountEntry, *, wrong: str = "", problem: Problem | None = None
) -> web.Response:
    status = problem.status if problem else 422 if wrong else 200
    content = {"account": account, "wrong": wrong, "problem": problem, "shortest": SHORTEST, "longest": LONGEST}
    return rendered(request, "staff/signing_in/join.html", content, status=status)
