"""Policies of tiers: made, changed and taken out of use."""

from banstream_console.access.routing import Page
from banstream_console.staff.tiers import pages
from banstream_contracts.admins import Right

_ONE = f"{pages.PATH}/{{policy_id:[0-9a-f]{{24}}}}"
_RIGHT = Right.MANAGE_POLICIES

PAGES = (
    Page("GET", pages.NEW, pages.show_new, _RIGHT),
    Page("POST", pages.NEW, pages.make, _RIGHT),
    Page("GET", _ONE, pages.show, _RIGHT),
    Page("POST", _ONE, pages.change, _RIGHT),
    Page("GET", f"{_ONE}/remove", pages.ask, _RIGHT),
    Page("POST", f"{_ONE}/remove", pages.remove, _RIGHT),
)
