"""The audit log: every event of every service, with who did it."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff import undoing
from banstream_console.staff.audit import page, table
from banstream_contracts.admins import Right

PAGES = (
    Page("GET", page.PATH, page.show, Right.AUDIT),
    Page("GET", table.PATH, table.download, Right.AUDIT),
)
ENTRIES = (Entry("nav-audit", page.PATH, "nav-group-system", Right.AUDIT, also=(undoing.PATH,)),)
