"""Targets of notifications: where events are told, how telling goes, and telling again."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.targets import list_page, one_page
from banstream_contracts.admins import Right

PATH = list_page.PATH
_ONE = f"{PATH}/{{target_id:[0-9a-f]{{24}}}}"
_RIGHT = Right.MANAGE_SERVERS

PAGES = (
    Page("GET", PATH, list_page.show, _RIGHT),
    Page("POST", PATH, list_page.create, _RIGHT),
    Page("GET", _ONE, one_page.show, _RIGHT),
    Page("POST", _ONE, one_page.change, _RIGHT),
    Page("POST", f"{_ONE}/redeliver", one_page.redeliver, _RIGHT),
    Page("GET", f"{_ONE}/remove", one_page.ask, _RIGHT),
    Page("POST", f"{_ONE}/remove", one_page.remove, _RIGHT),
    Page("POST", f"{_ONE}/{{what:test|pause|resume}}", one_page.act, _RIGHT),
)
ENTRIES = (Entry("nav-targets", PATH, "nav-group-system", _RIGHT),)
