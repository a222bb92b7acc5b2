"""Bans and every other infraction: found, issued, changed and lifted."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.bans import address_page, change_page, exempt_page, issue_page, list_page, one_page
from banstream_contracts.admins import Right

PATH = list_page.PATH
_ONE = f"{PATH}/{{infraction_id:[0-9a-f]{{24}}}}"
_ENDING = f"{_ONE}/{{what:lift|reinstate}}"

PAGES = (
    Page("GET", PATH, list_page.show),
    Page("GET", f"{PATH}/address", list_page.of_address, Right.SEE_ADDRESSES),
    Page("POST", f"{PATH}/address", list_page.find_address, Right.SEE_ADDRESSES),
    Page("GET", issue_page.NEW, issue_page.show, Right.ISSUE),
    Page("POST", issue_page.NEW, issue_page.submit, Right.ISSUE),
    Page("GET", _ONE, one_page.show),
    Page("GET", f"{_ONE}/amend", change_page.show_amend, Right.ISSUE),
    Page("POST", f"{_ONE}/amend", change_page.amend, Right.ISSUE),
    Page("GET", _ENDING, change_page.show_ending, Right.ISSUE),
    Page("POST", _ENDING, change_page.ending, Right.ISSUE),
    Page("POST", f"{_ONE}/exempt", exempt_page.exempt, Right.ISSUE),
    Page("POST", f"{_ONE}/exempt/end", exempt_page.end, Right.ISSUE),
    Page("POST", f"{_ONE}/address", address_page.change, Right.ISSUE),
)
ENTRIES = (Entry("nav-infractions", PATH, "nav-group-people", also=("/console/players", "/console/evidence")),)
