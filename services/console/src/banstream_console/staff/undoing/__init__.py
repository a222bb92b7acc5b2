"""Taking back what somebody did: it is looked at first, and then done page by page."""

from banstream_console.access.routing import Page
from banstream_console.staff.undoing import asked, page
from banstream_contracts.admins import Right

PATH, IMPORT, address = page.PATH, asked.IMPORT, page.address

PAGES = (
    Page("GET", PATH, page.show, Right.MANAGE_ADMINS),
    Page("POST", PATH, page.submit, Right.MANAGE_ADMINS),
)
"""Whoever has this right may ban, lift and change everything everywhere by hand."""
