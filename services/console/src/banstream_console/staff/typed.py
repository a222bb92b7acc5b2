"""Forms as they come: read before anybody asks for them, and what was typed given back where it is not taken."""

import codecs
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from banstream_console.access.commands import ONCE_FIELD
from banstream_console.problems.exceptions import Problem, Unreadable
from banstream_console.staff.guard import CSRF_FIELD
from banstream_console.web.origins import check_origin
from banstream_contracts.appeals import AppealReason

ALSO_SENT_AGAIN = web.RequestKey("also_sent_again", Mapping[str, str])
"""What a page adds to its form, should that have to be sent again."""

STREAMED = "/evidence"
"""Files are read by their page, piece by piece."""
_IN_PARTS = "multipart/form-data"
_CHARSETS = frozenset({"utf-8", "ascii", "iso8859-1"})
"""As Python calls them. It knows some more that take seconds for one form, in which nobody else is answered."""

_TYPED = ("text", "note", "reason", "evidence")
"""What people write at length, wherever it is asked for."""
_CHOSEN = frozenset(AppealReason)
"""Nobody typed these."""
_SECRET = frozenset({"password", "current", "url", "secret", "private_key", "passphrase"})
"""No page shows these again; who holds the address of a channel writes to it."""
_OF_AN_ACCOUNT = frozenset({"password", "current"})
"""What else stands in a form with one of these is a secret too, or nothing that is worth keeping."""


async def read_form(request: web.Request) -> None:
    """What nobody can read is the sender's fault, not ours. Raises Unreadable."""
    if request.method != "POST":
        return
    if not _may_be_read(request):
        raise Unreadable("this form is written in no usual way")
    if request.path.endswith(STREAMED):
        return
    try:
        await request.post()
    except (ValueError, LookupError, RuntimeError, HttpProcessingError, web.RequestPayloadError):
        raise Unreadable("this form cannot be read") from None


def _may_be_read(request: web.Request) -> bool:
    """No form of ours but that of a file comes in parts, each of which could name a charset."""
    if request.content_type == _IN_PARTS:
        return request.path.endswith(STREAMED)
    with suppress(LookupError, ValueError):
        return codecs.lookup(request.charset or "utf-8").name in _CHARSETS
    return False


async def typed_in(request: web.Request) -> list[str]:
    """The texts of a form of ours, line by line as they were typed."""
    form = dict(await _form_of(request))
    texts = [form[name].strip() for name in _TYPED if name in form]
    return [text for text in texts if text and text not in _CHOSEN]


async def sent_again(request: web.Request) -> list[tuple[str, str]]:
    """The fields of a form that happens once, however often it is sent; none where one is secret."""
    form = [*await _form_of(request), *request.get(ALSO_SENT_AGAIN, {}).items()]
    names = {name for name, value in form if value}
    return form if ONCE_FIELD in names and not names & _SECRET else []


async def kept_of(request: web.Request) -> list[tuple[str, str]]:
    """What was filled in, without secrets and the form's proof: for a script that fills in the form again."""
    form = [(name, value) for name, value in await _form_of(request) if name != CSRF_FIELD]
    filled = {name for name, value in form if value} - {ONCE_FIELD}
    if not filled or filled & _OF_AN_ACCOUNT:
        return []
    return [(name, value) for name, value in form if name not in _SECRET]


async def _form_of(request: web.Request) -> list[tuple[str, str]]:
    """Of what is no form of ours, or cannot be read, nothing."""
    if request.method != "POST" or request.path.endswith(STREAMED):
        return []
    with suppress(Problem, web.HTTPException):
        check_origin(request)
        await read_form(request)
        return [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
    return []


async def page_above(request: web.Request) -> URL | None:
    """Where the form stands whose address is read, as by another language's link or a reload; None for no form.

    Its proof, which the address of a form in parts holds, stays behind.
    """
    url = request.rel_url.with_query(None)
    while (url := url.parent).path.strip("/"):
        found = await request.app.router.resolve(request.clone(method="GET", rel_url=url))
        if found.http_exception is None:
            return url.with_query(request.query).without_query_params(CSRF_FIELD, ONCE_FIELD)
    return None
