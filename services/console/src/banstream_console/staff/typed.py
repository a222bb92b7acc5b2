"""Forms as they come: read before anybody asks for them, and what was typed given back where it is not taken."""

from contextlib import suppress

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from banstream_console.access.commands import ONCE_FIELD
from banstream_console.problems import Problem, Unreadable
from banstream_console.staff.guard import CSRF_FIELD, check_origin
from banstream_contracts.appeals import AppealReason

STREAMED = "/evidence"
"""Files are read by their page, piece by piece."""

_TYPED = ("text", "note", "reason", "evidence")
"""What people write at length, wherever it is asked for."""
_CHOSEN = frozenset(AppealReason)
"""Nobody typed these."""


async def read_form(request: web.Request) -> None:
    """What nobody can read is the sender's fault, not ours. Raises Unreadable."""
    if request.method != "POST" or request.path.endswith(STREAMED):
        return
    try:
        await request.post()
    except (ValueError, LookupError, RuntimeError, HttpProcessingError, web.RequestPayloadError):
        raise Unreadable("this form cannot be read") from None


async def typed_in(request: web.Request) -> list[str]:
    """The texts of a form of ours, line by line as they were typed; of what cannot be read, nothing."""
    if request.method != "POST" or request.path.endswith(STREAMED):
        return []
    with suppress(Problem, web.HTTPException):
        check_origin(request)
        await read_form(request)
        form = await request.post()
        given = (form.get(name) for name in _TYPED)
        texts = [text.strip() for text in given if isinstance(text, str)]
        return [text for text in texts if text and text not in _CHOSEN]
    return []


async def page_above(request: web.Request) -> URL | None:
    """Where the form stands whose address is read, as by another language's link or a reload; None for no form.

    Its proof, which the address of a form in parts holds, stays behind.
    """
    url = request.rel_url.with_query(None)
    while url.path != "/":
        url = url.parent
        found = await request.app.router.resolve(request.clone(method="GET", rel_url=url))
        if found.http_exception is None and url.path != "/":
            return url.with_query(request.query).without_query_params(CSRF_FIELD, ONCE_FIELD)
    return None
