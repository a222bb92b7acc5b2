"""`/console/imports/<id>`: one import, and its infractions as they stand now."""

import asyncio

from aiohttp import web

from banstream_console.problems.exceptions import NotThere
from banstream_console.staff.bans.list_page import rows_of
from banstream_console.staff.imports.list_page import PATH, import_of, undo_path
from banstream_console.staff.listing import ID, PAGE_LENGTH, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_contracts import subjects
from banstream_contracts.queries.imports import ImportedPage, ListImported


async def show(request: web.Request) -> web.StreamResponse:
    """Raises NotThere also where a later import has brought again all that this one did."""
    import_id, filters = request.match_info["import_id"], filters_of(request)
    found, page = await asyncio.gather(
        import_of(request, import_id),
        told(
            request,
            subjects.QUERY_IMPORTED,
            lambda: ListImported(import_id=import_id, cursor=filters.cursor(ID), limit=PAGE_LENGTH),
            ImportedPage,
        ),
    )
    if found.answer and found.answer.entry is None:
        raise NotThere("nothing is of this import")
    content = {
        **page.content,
        "entry": found.answer.entry if found.answer else None,
        "counts": found.answer.counts if found.answer else None,
        "rows": rows_of(request, page.answer.items) if page.answer else [],
        "import_id": import_id,
        "filters": filters,
        "undo": undo_path(request, import_id),
        "all": PATH,
    }
    return staff_page(request, "imports/one.html", content, page.status)
