"""`/console/ban-files`: files by how they stand, one file with its receipts, and what may be done about it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import NotThere, OfALaterRelease, Problem
from banstream_console.staff.acting import EXPECTED, Again, carry_out, confirm
from banstream_console.staff.knowing import server_names
from banstream_console.staff.listing import ID, PAGE_LENGTH, PLACE, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.commands.ban_files import (
    BanFileCommand,
    PauseBanFile,
    RemoveBanFile,
    ResumeBanFile,
    SyncBanFile,
)
from banstream_contracts.queries.ban_files import (
    BanFileFound,
    BanFilePage,
    BanFileTested,
    GetBanFile,
    ListBanFiles,
    ListReceipts,
    ReceiptPage,
    ReceiptStatus,
    TestBanFile,
)

PATH = "/console/ban-files"
TRIAL_SECONDS = 60.0
"""How long a host may take: as programs wait for it."""

_PLAIN: Mapping[str, type[BanFileCommand]] = {"pause": PauseBanFile, "resume": ResumeBanFile, "sync": SyncBanFile}


async def show_all(request: web.Request) -> web.StreamResponse:
    """Every file."""
    filters = filters_of(request)
    found = await told(
        request,
        subjects.QUERY_BAN_FILES,
        lambda: ListBanFiles(cursor=filters.cursor(ID), limit=PAGE_LENGTH),
        BanFilePage,
    )
    return staff_page(request, "ban_files/list.html", {**found.content, "filters": filters, "path": PATH}, found.status)


async def show(request: web.Request) -> web.StreamResponse:
    """One file, and what became of infractions in it."""
    return await _page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """Stop, go on, or put right at once."""
    return await _do(request, _PLAIN[request.match_info["what"]], partial(_page, request))


async def try_out(request: web.Request) -> web.StreamResponse:
    """Connect, read, and tell what would change; nothing is written."""
    question = TestBanFile(ban_file_id=request.match_info["ban_file_id"])
    try:
        tested = await site_of(request).staff.questions.ask(
            subjects.QUERY_BAN_FILE_TEST, question, BanFileTested, timeout_seconds=TRIAL_SECONDS
        )
    except EXPECTED as problem:
        return await _page(request, problem)
    return await _page(request, tested=tested)


async def ask_loss(request: web.Request) -> web.StreamResponse:
    """Whether lines of others are rightly gone."""
    return await _confirm(request, "loss")


async def accept_loss(request: web.Request) -> web.StreamResponse:
    """Look at the file now, whatever others have lost in it."""
    return await _do(request, SyncBanFile, partial(_confirm, request, "loss"), accepts_loss=True)


async def ask(request: web.Request) -> web.StreamResponse:
    """Whether it is meant."""
    return await _confirm(request, "remove")


async def remove(request: web.Request) -> web.StreamResponse:
    """Keep the file in step no more; what stands in it stays."""
    again = partial(_confirm, request, "remove")
    return await carry_out(request, RemoveBanFile, PATH, again, ban_file_id=request.match_info["ban_file_id"])


async def found_of(request: web.Request) -> BanFileFound:
    """The file that the address names, and how it stands. Raises NotThere, OfALaterRelease or Away."""
    found = await site_of(request).staff.questions.ask(
        subjects.QUERY_BAN_FILE, GetBanFile(ban_file_id=request.match_info["ban_file_id"]), BanFileFound
    )
    if found.unreadable is not None:
        raise OfALaterRelease(f"this ban file cannot be read: {found.unreadable}")
    if found.ban_file is None:
        raise NotThere("no ban file has this id")
    return found


async def _do(request: web.Request, kind: type[BanFileCommand], again: Again, **fields: object) -> web.StreamResponse:
    ban_file_id = request.match_info["ban_file_id"]
    return await carry_out(request, kind, f"{PATH}/{ban_file_id}", again, ban_file_id=ban_file_id, **fields)


async def _confirm(request: web.Request, what: str, problem: Problem | None = None) -> web.Response:
    found = await found_of(request)
    said = texts(language_for(request)).say
    content = {
        "heading": said(f"file-{what}"),
        "text": said(f"file-{what}-text", name=found.ban_file.name if found.ban_file else ""),
        "action": request.path,
        "button": said(f"file-{what}"),
        "back": f"{PATH}/{request.match_info['ban_file_id']}",
    }
    return confirm(request, content, problem)


async def _page(
    request: web.Request, problem: Problem | None = None, tested: BanFileTested | None = None
) -> web.Response:
    found = await found_of(request)
    ban_file_id = request.match_info["ban_file_id"]
    filters = filters_of(request, "status", "infraction")
    receipts = await told(
        request,
        subjects.QUERY_BAN_FILE_RECEIPTS,
        lambda: ListReceipts.model_validate(
            {
                "ban_file_id": ban_file_id,
                "status": filters.get("status"),
                "infraction_id": filters.get("infraction"),
                "cursor": filters.cursor(PLACE),
                "limit": PAGE_LENGTH,
            }
        ),
        ReceiptPage,
    )
    content: dict[str, Any] = {
        **receipts.content,
        "file": found.ban_file,
        "progress": found.progress,
        "tested": tested,
        "servers": await server_names(request),
        "filters": filters,
        "path": f"{PATH}/{ban_file_id}",
        "all": PATH,
        "statuses": list(ReceiptStatus),
    }
    if problem:
        content["problem"] = problem
    return staff_page(request, "ban_files/one.html", content, problem.status if problem else receipts.status)
