"""`/console/protected`: whom no policy bans or kicks by itself."""

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import Problem, Unfit
from banstream_console.staff.acting import carry_out, confirm, fields_of, on_one_line
from banstream_console.staff.listing import HASH, PAGE_LENGTH, filters_of, read_player, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import language_for
from banstream_contracts import subjects
from banstream_contracts.commands.abuse import ProtectPlayer, UnprotectPlayer
from banstream_contracts.queries.abuse import ListProtected, ProtectedPage

PATH = "/console/protected"
END = f"{PATH}/end"


async def show(request: web.Request) -> web.StreamResponse:
    """The list, and the form that adds to it."""
    return await _page(request)


async def protect(request: web.Request) -> web.StreamResponse:
    """From now on policies only report what they would have done."""
    form = await fields_of(request)
    try:
        player = read_player(form.get("player", ""))
    except Unfit as problem:
        return await _page(request, problem)

    async def again(problem: Problem) -> web.StreamResponse:
        return await _page(request, problem)

    reason = on_one_line(form.get("reason", ""))
    return await carry_out(request, ProtectPlayer, PATH, again, player=player, reason=reason)


async def ask(request: web.Request) -> web.StreamResponse:
    """Why the protection ends."""
    return _confirm(request, request.query.get("player", "")[:300])


async def unprotect(request: web.Request) -> web.StreamResponse:
    """Policies act on the player again."""
    form = await fields_of(request)
    named = request.query.get("player", "")[:300]

    async def again(problem: Problem) -> web.StreamResponse:
        return _confirm(request, named, problem, form.get("reason", ""))

    try:
        player = read_player(named)
    except Unfit as problem:
        return await again(problem)
    reason = on_one_line(form.get("reason", ""))
    return await carry_out(request, UnprotectPlayer, PATH, again, player=player, reason=reason)


def _confirm(request: web.Request, named: str, problem: Problem | None = None, given: str = "") -> web.Response:
    said = texts(language_for(request)).say
    content = {
        "heading": said("protected-end"),
        "text": said("protected-end-text", player=named),
        "action": str(request.rel_url.with_query(player=named)),
        "button": said("protected-end"),
        "back": PATH,
        "asks_reason": True,
        "given": given,
    }
    return confirm(request, content, problem)


async def _page(request: web.Request, problem: Problem | None = None) -> web.Response:
    filters = filters_of(request)
    found = await told(
        request,
        subjects.QUERY_PROTECTED,
        lambda: ListProtected(cursor=filters.cursor(HASH), limit=PAGE_LENGTH),
        ProtectedPage,
    )
    form = await fields_of(request) if request.method == "POST" else {}
    content = {**found.content, "filters": filters, "path": PATH, "end": END, "given": form}
    if problem:
        content |= {"problem": problem, "fields": problem.fields if isinstance(problem, Unfit) else {}}
    return staff_page(request, "protected/list.html", content, problem.status if problem else found.status)
