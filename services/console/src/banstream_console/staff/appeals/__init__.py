"""Appeals: the queue, one appeal with its conversation, codes to hand out, and how appeals ended."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.appeals import appeal_page, code_page, queue_page, statistics_page
from banstream_contracts.admins import Right

PATH = queue_page.PATH
_ONE = f"{PATH}/{{appeal_id:[0-9a-f]{{24}}}}"

PAGES = (
    Page("GET", PATH, queue_page.show, Right.REVIEW),
    Page("GET", statistics_page.PATH, statistics_page.show, Right.REVIEW),
    Page("GET", code_page.PATH, code_page.show, Right.REVIEW),
    Page("POST", code_page.PATH, code_page.renew, Right.REVIEW),
    Page("GET", _ONE, appeal_page.show, Right.REVIEW),
    Page("POST", f"{_ONE}/answer", appeal_page.answer, Right.REVIEW),
    Page("POST", f"{_ONE}/assign", appeal_page.assign, Right.REVIEW),
    Page("POST", f"{_ONE}/decide", appeal_page.decide, Right.REVIEW),
)
ENTRIES = (Entry("nav-appeals", PATH, "nav-group-decisions", Right.REVIEW),)
