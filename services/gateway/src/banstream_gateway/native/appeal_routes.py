"""The routes of appeals, for staff. Deciding is for administrators; players use the console."""

from banstream_contracts.appeals import Appeal
from banstream_contracts.queries.appeals import AppealStatistics
from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, PUNISH, Endpoint
from banstream_gateway.native import appealing
from banstream_gateway.native.appeal_answers import (
    AppealCodeAnswer,
    AppealPageAnswer,
    ChangedAppealAnswer,
    DecidedAppealAnswer,
)
from banstream_gateway.native.appeal_requests import (
    AnswerAppealBody,
    AppealQuery,
    AppealStatisticsQuery,
    DecideAppealBody,
)
from banstream_gateway.native.review_requests import AssigneeRequest

_ADMIN = frozenset({ADMIN})
_STAFF = frozenset({PUNISH, ADMIN})
_APPEALS = "/v1/appeals"
_APPEAL = "/v1/appeals/{appeal_id}"
_CODE = "/v1/infractions/{infraction_id}/appeal-code"

APPEALS = [
    Endpoint(
        "GET",
        _APPEALS,
        appealing.search,
        "Appeals, newest first. Staff only.",
        _STAFF,
        query=AppealQuery,
        answers={200: AppealPageAnswer},
    ),
    Endpoint(
        "GET",
        f"{_APPEALS}/statistics",
        appealing.statistics,
        "How appeals ended, by category, policy and moderator. Staff only.",
        _STAFF,
        query=AppealStatisticsQuery,
        answers={200: AppealStatistics},
    ),
    Endpoint(
        "GET",
        _APPEAL,
        appealing.find,
        "One appeal, with all that was said. Staff only.",
        _STAFF,
        answers={200: Appeal},
    ),
    Endpoint(
        "POST",
        f"{_APPEAL}/answers",
        appealing.answer,
        "Answer the player, or make a note for staff. Staff only.",
        _STAFF,
        body=AnswerAppealBody,
        answers={201: ChangedAppealAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
    Endpoint(
        "POST",
        f"{_APPEAL}/assignee",
        appealing.assign,
        "Say who looks at an appeal. Staff only.",
        _STAFF,
        body=AssigneeRequest,
        answers={200: ChangedAppealAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
    Endpoint(
        "POST",
        f"{_APPEAL}/decision",
        appealing.decide,
        "Uphold, reduce or overturn the infraction; what follows of it is done at once.",
        _ADMIN,
        body=DecideAppealBody,
        answers={200: DecidedAppealAnswer, 202: AcceptedAnswer, 409: ProblemAnswer},
    ),
    Endpoint(
        "GET",
        _CODE,
        appealing.show_code,
        "The code that opens the appeal of an infraction, to hand out. Staff only.",
        _STAFF,
        answers={200: AppealCodeAnswer},
    ),
    Endpoint(
        "POST",
        _CODE,
        appealing.renew_code,
        "Give an infraction a new code; the old one ends at once. Staff only.",
        _STAFF,
        answers={200: AppealCodeAnswer, 202: AcceptedAnswer},
    ),
]
