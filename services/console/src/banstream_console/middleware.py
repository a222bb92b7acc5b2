"""Around every request: failures become answers, every answer gets its security headers and is counted."""

import asyncio
import secrets
from contextlib import suppress
from math import ceil
from time import perf_counter

import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Histogram
from yarl import URL

from banstream_console.presentation.texts import Texts, texts
from banstream_console.problems.exceptions import (
    Away,
    Forged,
    NotThere,
    NotThisWay,
    Problem,
    SignInFirst,
    TooLarge,
    TooMany,
    TooSlow,
)
from banstream_console.problems.field_errors import Wrong
from banstream_console.problems.in_words import problem_said
from banstream_console.staff.guard import SIGN_IN
from banstream_console.staff.pages import said_of
from banstream_console.staff.typed import kept_of, page_above, read_form, sent_again, typed_in
from banstream_console.web.site import language_for
from banstream_console.web.templates import rendered

logger = structlog.stdlib.get_logger(__name__)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
OF_PROGRAMS = ("/api/", "/bans.csv", "/hall-of-shame/live")
"""Whoever reads these is no person: failures are problem+json there."""
OF_STAFF, WALL = "/console/", "/hall-of-shame"
_OF_THE_SESSION = (SignInFirst, Forged)
"""Nothing is wrong with the form itself: from its page, signed in, it is taken."""
FORM_SECONDS = 30.0
"""How long a form may take to come."""


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: also errors and files."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


class Requests:
    """Counts requests and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "banstream_http_request_seconds", "Requests by route.", ["method", "route", "status"], registry=registry
        )

    @property
    def middleware(self) -> Middleware:
        """The outermost one."""

        @web.middleware
        async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
            started = perf_counter()
            response = await handler(request)
            resource = request.match_info.route.resource
            route = resource.canonical if resource else "unknown"
            self._seconds.labels(request.method, route, str(response.status)).observe(perf_counter() - started)
            return response

        return counted


@web.middleware
async def answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is expected says what to do; what is not says where to look, and nothing more."""
    try:
        await _form(request)
        return await handler(request)
    except Problem as problem:
        return await _answer(request, problem)
    except web.HTTPRedirection:
        raise
    except (web.HTTPNotFound, web.HTTPForbidden):
        return await _answer(request, NotThere("nothing is at this address"))
    except web.HTTPMethodNotAllowed as error:
        if request.method == "GET" and (page := await page_above(request)):
            raise web.HTTPSeeOther(page) from None
        response = await _answer(request, NotThisWay("pages are only read"))
        response.headers["Allow"] = ",".join(sorted(error.allowed_methods))
        return response
    except web.HTTPRequestEntityTooLarge:
        return await _answer(request, TooLarge("this is more than any form holds"))
    except web.HTTPException as error:
        refused = Problem()
        refused.status = error.status
        return await _answer(request, refused)
    except (ConnectionError, TimeoutError):
        raise  # of the other side, which reads no answer any more
    except Exception:
        trace = secrets.token_hex(8)
        logger.exception("unexpected_error", trace=trace)
        return await _answer(request, Problem(Wrong("trace", trace=trace)))


async def _form(request: web.Request) -> None:
    """Raises TooSlow, Unreadable."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            await read_form(request)
    except TimeoutError:
        raise TooSlow("this form did not come whole in time") from None


async def _answer(request: web.Request, problem: Problem) -> web.Response:
    response = (
        _for_programs(problem)
        if request.path.startswith(OF_PROGRAMS)
        else rendered(
            request,
            "problem.html",
            {
                "problem": problem,
                "typed": await _typed(request, problem),
                "again": await _again(request, problem),
                "kept": await kept_of(request) if isinstance(problem, _OF_THE_SESSION) else [],
                "address": request.path_qs,
                **_said(request, problem),
            },
            status=problem.status,
        )
    )
    if problem.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _typed(request: web.Request, problem: Problem) -> list[str]:
    """Nothing of a form that has not come: it would be waited for once more."""
    return [] if isinstance(problem, TooSlow) else await typed_in(request)


async def _again(request: web.Request, problem: Problem) -> list[tuple[str, str]]:
    """Fields of a form that may have been carried out, or not; what is refused would be refused once more."""
    return await sent_again(request) if problem.status >= web.HTTPInternalServerError.status_code else []


def _said(request: web.Request, problem: Problem) -> dict[str, str | list[str]]:
    """What the page says, and where it leads back to: pages of staff to their overview, others to the wall."""
    said, is_staff = texts(language_for(request)), f"{request.path}/".startswith(OF_STAFF)
    own = f"{problem.text_id}-staff"
    back, back_said = (OF_STAFF.rstrip("/"), "error-back-staff") if is_staff else (WALL, "error-back")
    came_from = _came_from(request)
    if isinstance(problem, SignInFirst):
        back, back_said = str(URL(SIGN_IN).with_query(next=came_from) if came_from else SIGN_IN), "sign-in"
    elif isinstance(problem, Forged) and came_from.startswith(OF_STAFF):
        back, back_said = came_from, "error-back-form"
    return {
        "heading": said.say(f"{problem.text_id}-title"),
        "advice": _waiting(said, problem) or said.say(own if is_staff and said.knows(own) else problem.text_id),
        "details": _details(problem, said, is_staff=is_staff),
        "stored": said.say("said-stored") if is_staff and said_of(request) == "stored" else "",
        "back": back,
        "back_said": said.say(back_said),
    }


def _details(problem: Problem, said: Texts, *, is_staff: bool) -> list[str]:
    """What more there is to say; which service does not answer is no news to players."""
    if isinstance(problem, NotThere) or (isinstance(problem, Away) and not is_staff):
        return []
    return [line for line in problem_said(problem, said) if line != said.say(problem.text_id)]


def _waiting(said: Texts, problem: Problem) -> str:
    """How long somebody has to wait who has tried too often; an hour is not "a little"."""
    seconds = problem.retry_after_seconds if isinstance(problem, TooMany) else None
    return said.say("sign-in-wait", minutes=ceil(seconds / 60)) if seconds else ""


def _came_from(request: web.Request) -> str:
    """The page that the form was on, as an address on this site; empty where nobody says."""
    with suppress(ValueError):
        return str(URL(request.headers.get("Referer", "")).relative())
    return ""


def _for_programs(problem: Problem) -> web.Response:
    slug = problem.text_id.removeprefix("error-")
    document = {
        "type": f"urn:banstream:problem:{slug}",
        "title": texts("en").say(f"{problem.text_id}-title"),
        "status": problem.status,
        "detail": problem.detail,
    }
    return web.Response(body=orjson.dumps(document), status=problem.status, content_type="application/problem+json")
