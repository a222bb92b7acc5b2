"""Imports: what came from other systems, and what stands of it."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.imports import list_page, one_page
from banstream_contracts.admins import Right

PAGES = (
    Page("GET", list_page.PATH, list_page.show, Right.MANAGE_ADMINS),
    Page("GET", f"{list_page.PATH}/{{import_id:[0-9a-f]{{24}}}}", one_page.show, Right.MANAGE_ADMINS),
)
"""For whoever may take an import back."""
ENTRIES = (Entry("nav-imports", list_page.PATH, "nav-group-system", Right.MANAGE_ADMINS),)
