"""Protected players: policies leave them alone."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.protected import page
from banstream_contracts.admins import Right

PAGES = (
    Page("GET", page.PATH, page.show, Right.MANAGE_POLICIES),
    Page("POST", page.PATH, page.protect, Right.MANAGE_POLICIES),
    Page("GET", page.END, page.ask, Right.MANAGE_POLICIES),
    Page("POST", page.END, page.unprotect, Right.MANAGE_POLICIES),
)
ENTRIES = (Entry("nav-protected", page.PATH, "nav-group-rules", Right.MANAGE_POLICIES),)
