"""`/login` and `/logout`: for people, and for scripts that knew the system before."""

from aiohttp import web

from banstream_console.access.people import visitor_of
from banstream_console.problems.exceptions import Away, Problem, TooMany
from banstream_console.staff.guard import SIGN_IN, drop_session, set_session
from banstream_console.staff.signing_in.signing import Credentials, NotSetUp, WrongCredentials, signing_of
from banstream_console.web.origins import check_origin, client_address
from banstream_console.web.site import site_of
from banstream_console.web.templates import rendered

HOME = "/console"
REVIEW = "/review"
"""Where scripts go on that say nothing about it, as they did before."""
NEXT = "next"
_SAID = frozenset({"joined", "stored", "left"})


async def show(request: web.Request) -> web.StreamResponse:
    """The form; who is signed in already goes on."""
    if visitor_of(request):
        raise web.HTTPSeeOther(next_page(request.query.get(NEXT), HOME))
    return _form(request)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """302 with a session, or the form again: 200 where what was given is wrong."""
    form = await request.post()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    credentials = Credentials(given.get("username", ""), given.get("password", ""), given.get("code", ""))
    address = client_address(request, site_of(request).settings.console_trusted_proxies)
    try:
        signing = signing_of(request)
        token = await signing.sign_in(credentials, address, request.headers.get("User-Agent", ""))
        if visitor := visitor_of(request):
            await signing.staff.sessions.end([visitor.session_key])
    except (WrongCredentials, TooMany, Away, NotSetUp) as problem:
        return _form(request, problem, credentials.login[:64], given.get(NEXT))
    response = web.HTTPFound(next_page(given.get(NEXT), REVIEW))
    set_session(request, response, token)
    raise response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Also by GET, as it was; another site's link or picture signs nobody out."""
    check_origin(request)
    if visitor := visitor_of(request):
        await site_of(request).staff.sessions.end([visitor.session_key])
    response = web.HTTPFound(SIGN_IN)
    drop_session(request, response)
    raise response


def _form(
    request: web.Request, problem: Problem | None = None, login: str = "", following: str | None = None
) -> web.Response:
    said = request.query.get("said")
    content = {
        "problem": problem,
        "login": login,
        "next": next_page(following or request.query.get(NEXT), HOME),
        "said": said if said in _SAID else None,
        "minutes": -(-(problem.retry_after_seconds or 0) // 60) if problem else 0,
    }
    response = rendered(request, "staff/signing_in/login.html", content, status=problem.status if problem else 200)
    if problem is not None and problem.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    return response


def next_page(path: str | None, otherwise: str) -> str:
    """A page of ours: no other site, however it is written."""
    if path is None or not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable():
        return otherwise
    return otherwise if "\\" in path or path.startswith((SIGN_IN, "/logout")) else path
