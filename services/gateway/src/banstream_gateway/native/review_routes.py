"""The routes of requests for review. Deciding is for administrators."""

from banstream_contracts.queries.infractions import ReviewRequest
from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, PUNISH, REPORT, Endpoint
from banstream_gateway.native import review_decisions, reviewing
from banstream_gateway.native.review_answers import (
    ChangedRequestAnswer,
    DecidedRequestAnswer,
    DecisionsAnswer,
    OpenedRequestAnswer,
    RequestPageAnswer,
)
from banstream_gateway.native.review_requests import (
    ApproveRequestBody,
    AssigneeRequest,
    CommentRequestBody,
    DecisionsRequest,
    OpenReviewRequest,
    RejectRequestBody,
    ReviewQuery,
)

_ADMIN = frozenset({ADMIN})
_STAFF = frozenset({PUNISH, ADMIN})
_REQUESTS = "/v1/requests"
_REQUEST = "/v1/requests/{request_id}"

REVIEWS = [
    Endpoint(
        "POST",
        _REQUESTS,
        reviewing.open_request,
        "Ask staff to review a player.",
        frozenset({REPORT, PUNISH, ADMIN}),
        body=OpenReviewRequest,
        answers={201: OpenedRequestAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "GET",
        _REQUESTS,
        reviewing.search,
        "Requests for review, newest first. Staff only.",
        _STAFF,
        query=ReviewQuery,
        answers={200: RequestPageAnswer},
    ),
    Endpoint(
        "POST",
        f"{_REQUESTS}/decisions",
        review_decisions.decide_all,
        "Approve or reject up to 100 requests; each is answered by itself.",
        _ADMIN,
        body=DecisionsRequest,
        answers={200: DecisionsAnswer},
    ),
    Endpoint(
        "GET",
        _REQUEST,
        reviewing.find,
        "One request for review, with its comments. Staff only.",
        _STAFF,
        answers={200: ReviewRequest},
    ),
    Endpoint(
        "POST",
        f"{_REQUEST}/comments",
        reviewing.comment,
        "Say something about a request; staff read it. Staff only.",
        _STAFF,
        body=CommentRequestBody,
        answers={201: ChangedRequestAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_REQUEST}/assignee",
        reviewing.assign,
        "Say who looks at a request. Staff only.",
        _STAFF,
        body=AssigneeRequest,
        answers={200: ChangedRequestAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
    Endpoint(
        "POST",
        f"{_REQUEST}/approve",
        reviewing.approve,
        "Issue the ban that a request asks for, keep the one that was issued at once, or lift the player's bans.",
        _ADMIN,
        body=ApproveRequestBody,
        is_body_optional=True,
        answers={200: DecidedRequestAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
    Endpoint(
        "POST",
        f"{_REQUEST}/reject",
        reviewing.reject,
        "Do nothing of what a request asks for; a ban that was issued at once is lifted.",
        _ADMIN,
        body=RejectRequestBody,
        is_body_optional=True,
        answers={200: DecidedRequestAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
]
