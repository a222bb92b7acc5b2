"""Policies: of abuse, by version, tried on the log before they hold; and of tiers."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.policies import list_page, one_page, simulation_page
from banstream_contracts.admins import Right

PATH = list_page.PATH
_ONE = f"{PATH}/{{policy_id:[a-z0-9][a-z0-9_-]{{0,63}}}}"
_RIGHT = Right.MANAGE_POLICIES

PAGES = (
    Page("GET", PATH, list_page.show, _RIGHT),
    Page("POST", PATH, list_page.begin, _RIGHT),
    Page("GET", _ONE, one_page.show, _RIGHT),
    Page("POST", _ONE, one_page.save, _RIGHT),
    Page("POST", f"{_ONE}/simulate", simulation_page.simulate, _RIGHT),
    Page("GET", f"{_ONE}/remove", one_page.ask, _RIGHT),
    Page("POST", f"{_ONE}/remove", one_page.remove, _RIGHT),
)
ENTRIES = (Entry("nav-policies", PATH, "nav-group-rules", _RIGHT, also=("/console/tiers",)),)
