"""The routes of targets of notifications: administrators only."""

from collections.abc import Mapping

from pydantic import BaseModel

from banstream_gateway.answers import AcceptedAnswer, ProblemAnswer
from banstream_gateway.endpoints import ADMIN, Endpoint
from banstream_gateway.native import targets
from banstream_gateway.native.target_answers import (
    AcceptedTargetAnswer,
    ChangedTargetAnswer,
    DeliveryPageAnswer,
    FoundTargetAnswer,
    NewTargetAnswer,
    RemovedTargetAnswer,
    TargetPageAnswer,
    UnreadableTargetAnswer,
)
from banstream_gateway.native.target_requests import (
    DeliveryQuery,
    TargetChangeRequest,
    TargetReasonRequest,
    TargetRequest,
)
from banstream_gateway.requests import PageQuery

_ADMIN = frozenset({ADMIN})
_TARGETS = "/v1/targets"
_TARGET = "/v1/targets/{target_id}"
_CHANGED: Mapping[int, type[BaseModel] | None] = {200: ChangedTargetAnswer, 202: AcceptedAnswer}

TARGETS = [
    Endpoint(
        "POST",
        _TARGETS,
        targets.create,
        "Tell events to a Discord webhook or an HTTP webhook from now on.",
        _ADMIN,
        body=TargetRequest,
        answers={201: NewTargetAnswer, 202: AcceptedTargetAnswer},
    ),
    Endpoint(
        "GET",
        _TARGETS,
        targets.search,
        "Every target, and how telling goes.",
        _ADMIN,
        query=PageQuery,
        answers={200: TargetPageAnswer},
    ),
    Endpoint(
        "GET",
        _TARGET,
        targets.find,
        "One target, and how telling goes.",
        _ADMIN,
        answers={200: FoundTargetAnswer, 409: UnreadableTargetAnswer},
    ),
    Endpoint(
        "PATCH",
        _TARGET,
        targets.change,
        "Change a target; filters hold for what happens from now on.",
        _ADMIN,
        body=TargetChangeRequest,
        answers=_CHANGED,
    ),
    Endpoint(
        "DELETE",
        _TARGET,
        targets.remove,
        "End a target; what waits is not told.",
        _ADMIN,
        answers={200: RemovedTargetAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_TARGET}/pause",
        targets.pause,
        "Keep what is to be told until the target is resumed.",
        _ADMIN,
        body=TargetReasonRequest,
        is_body_optional=True,
        answers=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_TARGET}/resume",
        targets.resume,
        "Go on where a paused or broken target stopped.",
        _ADMIN,
        answers=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_TARGET}/test",
        targets.try_out,
        "Send a test message.",
        _ADMIN,
        answers={**_CHANGED, 409: ProblemAnswer},
    ),
    Endpoint(
        "GET",
        f"{_TARGET}/deliveries",
        targets.deliveries,
        "What was told to a target, newest first, with every try.",
        _ADMIN,
        query=DeliveryQuery,
        answers={200: DeliveryPageAnswer},
    ),
    Endpoint(
        "POST",
        f"{_TARGET}/deliveries/{{event_id}}/redeliver",
        targets.redeliver,
        "Tell an event again.",
        _ADMIN,
        answers=_CHANGED,
    ),
]
