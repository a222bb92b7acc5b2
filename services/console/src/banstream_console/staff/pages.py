"""Staff pages as answers: the frame around them, and what happens after a form."""

import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from banstream_console.access.people import Person, person_of, visitor_of
from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import Refused, Unfit
from banstream_console.problems.field_errors import fields_said
from banstream_console.problems.in_words import problem_said, wrong_of
from banstream_console.staff.infractions_in_words import path_of
from banstream_console.staff.navigation import navigation
from banstream_console.web.site import NAVIGATION, language_for, site_of
from banstream_console.web.templates import rendered
from banstream_contracts.results import CommandResult

SAID = "said"
"""Parameter of an address: what the page before has done, as a text id with its mark."""
_SAYINGS = frozenset({"done", "stored", "unchanged"})

GIVEN_ONCE = web.RequestKey("given_once", str)
"""The number that came with the form which is answered."""


def staff_page(
    request: web.Request, template: str, content: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """A page inside the frame of staff. `template` is below `templates/staff`."""
    person = person_of(request)
    frame = {
        "person": person,
        "csrf": person.csrf,
        "once": _once(request, (content or {}).get("problem")),
        "navigation": navigation(request.app[NAVIGATION], person, request.path),
        "said": said_of(request),
        "answers_form": request.method == "POST" and bool(content and content.get("problem")),
        "problem": None,
        "fields": {},
        "player_path": path_of,
        "development": site_of(request).settings.console_development,
    }
    return rendered(request, f"staff/{template}", _said(request, {**frame, **(content or {})}), status=status)


def fresh_once() -> str:
    """Also of a form that makes a secret: tried again it makes another one, which can be shown."""
    return secrets.token_hex(16)


def done(request: web.Request, result: CommandResult | None, path: str) -> web.Response:
    """After a form: go on to a page that says whether it is done, was so already, or is stored and done later."""
    said = "stored" if result is None else "unchanged" if result.status == "unchanged" else "done"
    raise web.HTTPSeeOther(saying_so(person_of(request), path, said))


def saying_so(person: Person, path: str, said: str) -> str:
    """An address whose page says `done`, `stored` or `unchanged` to this person."""
    separator, place = "&" if "?" in path else "?", path.partition("?")[0]
    return f"{path}{separator}{SAID}={said}.{person.mark(f'{place} {said}')}"


def said_of(request: web.Request) -> str | None:
    """What the address says was done; None where we have not said it to who asks, of this page."""
    said, _, mark = request.query.get(SAID, "").partition(".")
    person = visitor_of(request)
    is_ours = person and said in _SAYINGS and person.has_marked(f"{request.rel_url.raw_path} {said}", mark)
    return said if is_ours else None


def _once(request: web.Request, problem: object) -> str:
    """That of the form which is answered, unless it was refused: what may be stored is not done twice, tried again."""
    is_settled = isinstance(problem, Refused) or (isinstance(problem, Unfit) and "" in problem.fields)
    given: str = "" if is_settled else request.get(GIVEN_ONCE, "")
    return given or fresh_once()


def _said(request: web.Request, content: Mapping[str, Any]) -> dict[str, Any]:
    """What is wrong, in the language of who asks."""
    said, problem = texts(language_for(request)), content["problem"]
    lines = problem_said(problem, said) if problem else []
    fields = wrong_of(problem.refusal) if isinstance(problem, Refused) else content["fields"]
    return {**content, "fields": fields_said(fields, said), "problem_lines": lines}
