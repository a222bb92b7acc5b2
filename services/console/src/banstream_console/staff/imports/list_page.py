"""`/console/imports`: every import, the newest first, and what stands of each."""

import asyncio

from aiohttp import web

from banstream_console.staff import undoing
from banstream_console.staff.listing import ID, Told, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.queries.imports import GetImport, ImportFound, ImportPage, ListImports

PATH = "/console/imports"
_PAGE_LENGTH = 20
"""Short: what stands of an import is counted for each."""


async def show(request: web.Request) -> web.StreamResponse:
    """An import of which nobody can say what stands is listed without that."""
    filters = filters_of(request)
    page = await told(
        request,
        subjects.QUERY_IMPORTS,
        lambda: ListImports(cursor=filters.cursor(ID), limit=_PAGE_LENGTH),
        ImportPage,
    )
    entries = page.answer.items if page.answer else ()
    found = await asyncio.gather(*(import_of(request, each.import_id) for each in entries))
    counts = [each.answer.counts if each.answer else None for each in found]
    content = {
        **page.content,
        "filters": filters,
        "rows": list(zip(entries, counts, strict=True)),
        "undo": lambda import_id: undo_path(request, import_id),
        "path": PATH,
    }
    return staff_page(request, "imports/list.html", content, page.status)


async def import_of(request: web.Request, import_id: str) -> Told[ImportFound]:
    """One import, and what stands of it."""
    return await told(request, subjects.QUERY_IMPORT, lambda: GetImport(import_id=import_id), ImportFound)


def undo_path(request: web.Request, import_id: str) -> str:
    """Where it is taken back."""
    return undoing.address(f"{undoing.IMPORT}{import_id}", site_of(request).zone)
