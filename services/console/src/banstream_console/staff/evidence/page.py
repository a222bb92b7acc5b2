"""Upload and download of files. Nothing in them is believed: neither name nor type, and no browser runs them here."""

import asyncio
from base64 import b64decode, b64encode
from hashlib import sha256

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from banstream_console.access.commands import ONCE_FIELD, once_for
from banstream_console.access.people import person_of
from banstream_console.presentation.long_texts import cut
from banstream_console.problems.exceptions import Forbidden, NotThere, TooSlow, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import EXPECTED
from banstream_console.staff.bans.list_page import PATH
from banstream_console.staff.bans.one_page import infraction_of, shown
from banstream_console.staff.infractions_in_words import may_edit
from banstream_console.staff.pages import done
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.evidence import (
    LARGEST_FILE_BYTES,
    AttachEvidence,
    EvidenceFound,
    GetEvidence,
    media_type_of,
)
from banstream_contracts.infractions import MediaType
from banstream_privacy.visible import clean

BEGIN_SECONDS = 30.0
"""How long a file may take to begin."""
LEAST_BYTES_PER_SECOND = 4096.0
"""How fast it comes from then on; the worst line of a phone does."""

_LONGEST_NAME = 128
_ENDINGS: dict[MediaType, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "text/plain": "txt",
    "application/octet-stream": "dem",
}
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


async def attach(request: web.Request) -> web.StreamResponse:
    """Keep one file with an infraction; read as a stream, and no further than a file may be large."""
    infraction = await infraction_of(request)
    if not may_edit(person_of(request), infraction):
        raise Forbidden
    staff = site_of(request).staff
    try:
        name, content = await _file(request)
        once = once_for(request.query.get(ONCE_FIELD, ""), infraction.id, sha256(content).hexdigest())
        command = staff.commands.build(
            person_of(request),
            AttachEvidence,
            once,
            infraction_id=infraction.id,
            content=b64encode(content).decode(),
            name=name,
        )
        result = await staff.commands.send(command)
    except EXPECTED as problem:
        return await shown(request, infraction, problem)
    return done(request, result, f"{PATH}/{infraction.id}")


async def serve(request: web.Request) -> web.StreamResponse:
    """Pictures in the page, everything else to be saved; called after its content, not as somebody named it."""
    sha256 = request.match_info["sha256"]
    reply = await site_of(request).staff.questions.ask(
        subjects.QUERY_EVIDENCE, GetEvidence(sha256=sha256), EvidenceFound
    )
    if reply.found is None:
        raise NotThere("no file has this hash, or it went with the player's data")
    media_type = reply.found.media_type
    shown_as = "inline" if media_type.startswith("image/") else "attachment"
    named = f'{shown_as}; filename="{sha256[:16]}.{_ENDINGS[media_type]}"'
    kind = "text/plain; charset=utf-8" if media_type == "text/plain" else media_type
    headers = {**SAFE_HEADERS, "Content-Type": kind, "Content-Disposition": named}
    return web.Response(body=b64decode(reply.found.content), headers=headers)


async def _file(request: web.Request) -> tuple[str | None, bytes]:
    """The name as it may be seen, and the content. Raises Unfit, and TooSlow for what stands still."""
    if request.content_type != "multipart/form-data":
        raise Unfit({"file": Wrong("file")})
    try:
        async with asyncio.timeout(BEGIN_SECONDS) as clock:
            name, content = await _part(await request.multipart(), clock)
    except (ValueError, HttpProcessingError):
        raise Unfit({"file": Wrong("file-cut")}) from None
    except TimeoutError:
        raise TooSlow("this file did not come whole in time") from None
    if not content:
        raise Unfit({"file": Wrong("file-empty")})
    if media_type_of(content) is None:
        raise Unfit({"file": Wrong("file-type")})
    return cut(clean(name), _LONGEST_NAME) or None, content


async def _part(form: MultipartReader, clock: asyncio.Timeout) -> tuple[str, bytes]:
    """As it came, to its end; what has come gives the rest more time. Raises Unfit, and ValueError where it is cut."""
    part = await form.next()
    while part is not None and not (isinstance(part, BodyPartReader) and part.name == "file"):
        part = await form.next()
    if not isinstance(part, BodyPartReader):
        raise Unfit({"file": Wrong("file")})
    begun, content = asyncio.get_running_loop().time(), bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > LARGEST_FILE_BYTES:
            raise Unfit({"file": Wrong("file-size", limit=LARGEST_FILE_BYTES // 1024)})
        clock.reschedule(begun + BEGIN_SECONDS + len(content) / LEAST_BYTES_PER_SECOND)
    await form.next()
    return part.filename or "", bytes(content)
