"""The door of every staff page: who asks, whether they may, and whether a form is really theirs."""

import hmac
from datetime import UTC, datetime
from urllib.parse import quote

from aiohttp import web

from banstream_console.access.people import Person, let_in
from banstream_console.access.routing import Handler, Page
from banstream_console.access.sessions import key_of
from banstream_console.access.staff import Staff
from banstream_console.problems.exceptions import Forbidden, Forged, SignInFirst
from banstream_console.web.origins import check_origin
from banstream_console.web.site import site_of

COOKIE = "session"
SAFE_COOKIE = "__Host-session"
"""Its name behind TLS: no subdomain and no plain page can set it."""

CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
BY_ITSELF = "X-By-Itself"
"""Header of what an open page asks for with nobody at it; an EventSource sets none and is told by what it accepts."""
SIGN_IN = "/login"


def guarded(page: Page) -> Handler:
    """The page's handler behind the door."""

    async def handler(request: web.Request) -> web.StreamResponse:
        person = await signed_in(request)
        if person is not None:
            let_in(request, person)
        elif page.who == "people":
            return _sign_in_first(request)
        if page.who == "people" and person is not None and not person.may(page.right):
            raise Forbidden
        if page.method == "POST":
            check_origin(request)
            if page.has_csrf and person is not None:
                await _check_form(request, person)
        response = await page.handler(request)
        if not response.prepared:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return handler


async def signed_in(request: web.Request) -> Person | None:
    """Who asks, by the cookie; None for nobody. Raises Away where accounts are not loaded yet."""
    token, staff = request.cookies.get(cookie_name(request)), site_of(request).staff
    if not token:
        return None
    staff.must_be_loaded()
    person = _whose(token, staff)
    if person is not None and _is_use(request):
        await staff.touch(person.session_key, datetime.now(UTC))
    return person


def is_signed_in(request: web.Request) -> bool:
    """Whether who asked still is, of an answer that takes long."""
    token = request.cookies.get(cookie_name(request))
    return token is not None and _whose(token, site_of(request).staff) is not None


def is_safe(request: web.Request) -> bool:
    """Whether people reach the console by TLS, be it ended before this process."""
    return request.secure or site_of(request).settings.console_url.startswith("https://")


def cookie_name(request: web.Request) -> str:
    """As it is called on this connection."""
    return SAFE_COOKIE if is_safe(request) else COOKIE


def set_session(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Until the browser closes; the session's own limits are the server's matter."""
    response.set_cookie(cookie_name(request), token, path="/", httponly=True, samesite="Lax", secure=is_safe(request))


def drop_session(request: web.Request, response: web.StreamResponse) -> None:
    """Forget the cookie."""
    response.del_cookie(cookie_name(request), path="/", httponly=True, samesite="Lax", secure=is_safe(request))


def _whose(token: str, staff: Staff) -> Person | None:
    key = key_of(token)
    session = staff.sessions.get(key)
    account = staff.accounts.get(session.account_id) if session else None
    if session is None or account is None or staff.limits.is_over(session, account, datetime.now(UTC)):
        return None
    return Person(account, key, token)


def _is_use(request: web.Request) -> bool:
    return BY_ITSELF not in request.headers and "text/event-stream" not in request.headers.get("Accept", "")


async def _check_form(request: web.Request, person: Person) -> None:
    """Forms in parts are read as a stream by their page, so their proof is in the address."""
    given = request.headers.get(CSRF_HEADER) or request.query.get(CSRF_FIELD)
    if given is None and request.content_type == "application/x-www-form-urlencoded":
        given = str((await request.post()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), person.csrf.encode()):
        raise Forged


def _sign_in_first(request: web.Request) -> web.StreamResponse:
    if request.method == "POST" or "json" in request.headers.get("Accept", ""):
        raise SignInFirst
    raise web.HTTPFound(f"{SIGN_IN}?next={quote(request.path_qs, safe='')}")
