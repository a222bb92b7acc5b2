"""Admin logs of DayZ servers that are followed: added, changed, tried, removed, and what was found in them."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.log_sources import form_pages, pages
from banstream_contracts.admins import Right

_ONE = f"{pages.PATH}/{{source_id:[0-9a-f]{{24}}}}"
_RIGHT = Right.MANAGE_SERVERS

PAGES = (
    Page("GET", pages.PATH, pages.show_all, _RIGHT),
    Page("GET", form_pages.NEW, form_pages.show_new, _RIGHT),
    Page("POST", form_pages.NEW, form_pages.make, _RIGHT),
    Page("GET", _ONE, pages.show, _RIGHT),
    Page("GET", f"{_ONE}/change", form_pages.show, _RIGHT),
    Page("POST", f"{_ONE}/change", form_pages.change, _RIGHT),
    Page("GET", f"{_ONE}/remove", pages.ask, _RIGHT),
    Page("POST", f"{_ONE}/remove", pages.remove, _RIGHT),
    Page("POST", f"{_ONE}/test", pages.try_out, _RIGHT),
    Page("POST", f"{_ONE}/{{what:pause|resume}}", pages.act, _RIGHT),
)
ENTRIES = (Entry("nav-log-sources", pages.PATH, "nav-group-system", _RIGHT),)
