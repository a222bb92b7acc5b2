"""`/console/ban-files`: files by how they stand, and one file with its receipts."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from banstream_console.problems import NotThere, Problem
from banstream_console.site import site_of
from banstream_console.staff.acting import carry_out
from banstream_console.staff.listing import ID, PAGE_LENGTH, PLACE, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_contracts import subjects
from banstream_contracts.ban_file_commands import BanFileCommand, PauseBanFile, ResumeBanFile, SyncBanFile
from banstream_contracts.ban_file_queries import (
    BanFileFound,
    BanFilePage,
    GetBanFile,
    ListBanFiles,
    ListReceipts,
    ReceiptPage,
    ReceiptStatus,
)

PATH = "/console/ban-files"

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
    ban_file_id = request.match_info["ban_file_id"]
    kind = _PLAIN[request.match_info["what"]]
    return await carry_out(request, kind, f"{PATH}/{ban_file_id}", partial(_page, request), ban_file_id=ban_file_id)


async def _page(request: web.Request, problem: Problem | None = None) -> web.Response:
    ban_file_id = request.match_info["ban_file_id"]
    found = await site_of(request).staff.questions.ask(
        subjects.QUERY_BAN_FILE, GetBanFile(ban_file_id=ban_file_id), BanFileFound
    )
    if found.ban_file is None:
        raise NotThere("no ban file has this id")
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
        "filters": filters,
        "path": f"{PATH}/{ban_file_id}",
        "all": PATH,
        "statuses": list(ReceiptStatus),
    }
    if problem:
        content["problem"] = problem
    return staff_page(request, "ban_files/one.html", content, problem.status if problem else receipts.status)
