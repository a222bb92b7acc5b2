"""Requests for review: the queue, one request, and one decision on many."""

from banstream_console.access.routing import Entry, Page
from banstream_console.staff.reviews import bulk, queue_page, request_page
from banstream_contracts.admins import Right

PATH = queue_page.PATH
_ONE = f"{PATH}/{{request_id:[0-9a-f]{{24}}}}"

PAGES = (
    Page("GET", PATH, queue_page.show, Right.REVIEW),
    Page("POST", f"{PATH}/decide", bulk.decide, Right.REVIEW),
    Page("GET", bulk.DECIDED, bulk.show, Right.REVIEW),
    Page("GET", _ONE, request_page.show, Right.REVIEW),
    Page("POST", f"{_ONE}/comment", request_page.comment, Right.REVIEW),
    Page("POST", f"{_ONE}/assign", request_page.assign, Right.REVIEW),
    Page("POST", f"{_ONE}/approve", request_page.approve, Right.REVIEW),
    Page("POST", f"{_ONE}/reject", request_page.reject, Right.REVIEW),
)
ENTRIES = (Entry("nav-requests", PATH, "nav-group-decisions", Right.REVIEW),)
