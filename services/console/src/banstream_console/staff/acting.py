"""What forms of staff do: read, sent as a command, and on to the next page or back with what is wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from banstream_console.access.commands import ONCE_FIELD, once_for
from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Away, Problem, Refused, Unfit
from banstream_console.staff.guard import CSRF_FIELD
from banstream_console.staff.pages import GIVEN_ONCE, done, staff_page
from banstream_console.web.site import site_of
from banstream_contracts.commands.command import Command
from banstream_contracts.results import CommandResult
from banstream_contracts.text import LINE_END, blank_control_characters

Again = Callable[[Problem], Awaitable[web.StreamResponse]]
"""Shows the page of a form again, with the problem on it."""

EXPECTED = (Unfit, Refused, Away)

_LONGEST = 20_000


async def fields_of(request: web.Request) -> dict[str, str]:
    """Every field of a form as text without blanks around it; of several with one name the first."""
    return {name: values[0] for name, values in (await several_of(request)).items()}


async def several_of(request: web.Request) -> dict[str, list[str]]:
    """Every field of a form with all its values."""
    found: dict[str, list[str]] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value.strip()[:_LONGEST])
    request[GIVEN_ONCE] = "".join(found.get(ONCE_FIELD, []))
    return found


def on_one_line(text: str) -> str:
    """Lines that say something, joined as evidence is; other control characters are blanks."""
    lines = (blank_control_characters(each).strip() for each in text.replace("⏎", "\n").splitlines())
    return LINE_END.join(line for line in lines if line)


async def sent(request: web.Request, kind: type[Command], once: str = "", /, **fields: object) -> CommandResult | None:
    """A command in the name of who asks; `once` tells the commands of one form apart. Raises Unfit, Refused, Away."""
    staff, form = site_of(request).staff, await several_of(request)
    given = "".join(form.pop(ONCE_FIELD, []))
    form.pop(CSRF_FIELD, None)
    said = once_for(given, request.path, once or sorted(form.items()))
    command = staff.commands.build(person_of(request), kind, said, **fields)
    return await staff.commands.send(command)


async def carry_out(
    request: web.Request, kind: type[Command], to: str, again: Again, /, **fields: object
) -> web.StreamResponse:
    """Send a command and go on to `to`, or show the page `again`."""
    try:
        result = await sent(request, kind, **fields)
    except EXPECTED as problem:
        return await again(problem)
    return done(request, result, to)


def confirm(request: web.Request, content: dict[str, Any], problem: Problem | None = None) -> web.Response:
    """A page that asks once more: `heading`, `text`, `action` (an address), `button`, `back`, `asks_reason`."""
    fields = problem.fields if isinstance(problem, Unfit) else {}
    shown = {"asks_reason": False, "given": "", "fields": fields, "problem": problem, **content}
    return staff_page(request, "confirm.html", shown, problem.status if problem else 200)
