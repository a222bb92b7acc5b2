"""The routes of sources of DayZ logs: administrators only."""

from collections.abc import Mapping

from pydantic import BaseModel

from banstream_gateway.answers import AcceptedAnswer
from banstream_gateway.endpoints import ADMIN, Endpoint
from banstream_gateway.native import log_sources
from banstream_gateway.native.log_source_answers import (
    ChangedLogSourceAnswer,
    FindingPageAnswer,
    FoundLogSourceAnswer,
    LogSourcePageAnswer,
    RemovedLogSourceAnswer,
    TestedLogSourceAnswer,
    UnreadableLogSourceAnswer,
)
from banstream_gateway.native.log_source_requests import (
    FindingQuery,
    LogSourceChangeRequest,
    LogSourceReasonRequest,
    LogSourceRequest,
)
from banstream_gateway.requests import PageQuery

_ADMIN = frozenset({ADMIN})
_SOURCES = "/v1/log-sources"
_SOURCE = "/v1/log-sources/{source_id}"
_CHANGED: Mapping[int, type[BaseModel] | None] = {200: ChangedLogSourceAnswer, 202: AcceptedAnswer}

LOG_SOURCES = [
    Endpoint(
        "POST",
        _SOURCES,
        log_sources.add,
        "Follow the admin logs of a DayZ server from now on.",
        _ADMIN,
        body=LogSourceRequest,
        answers={201: ChangedLogSourceAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "GET",
        _SOURCES,
        log_sources.search,
        "Every source of logs, and how reading goes.",
        _ADMIN,
        query=PageQuery,
        answers={200: LogSourcePageAnswer},
    ),
    Endpoint(
        "GET",
        _SOURCE,
        log_sources.find,
        "One source of logs, and how reading goes.",
        _ADMIN,
        answers={200: FoundLogSourceAnswer, 409: UnreadableLogSourceAnswer},
    ),
    Endpoint(
        "PATCH",
        _SOURCE,
        log_sources.change,
        "Change a source; another place is read anew.",
        _ADMIN,
        body=LogSourceChangeRequest,
        answers=_CHANGED,
    ),
    Endpoint(
        "DELETE",
        _SOURCE,
        log_sources.remove,
        "End a source; what was found stays.",
        _ADMIN,
        answers={200: RemovedLogSourceAnswer, 202: AcceptedAnswer},
    ),
    Endpoint(
        "POST",
        f"{_SOURCE}/pause",
        log_sources.pause,
        "Read no further until the source is resumed.",
        _ADMIN,
        body=LogSourceReasonRequest,
        is_body_optional=True,
        answers=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_SOURCE}/resume",
        log_sources.resume,
        "Go on where reading stopped; what is too old meanwhile does not act.",
        _ADMIN,
        answers=_CHANGED,
    ),
    Endpoint(
        "POST",
        f"{_SOURCE}/test",
        log_sources.try_out,
        "Log in and look into the folder now; reads nothing.",
        _ADMIN,
        answers={200: TestedLogSourceAnswer},
    ),
    Endpoint(
        "GET",
        f"{_SOURCE}/findings",
        log_sources.findings,
        "What the rules found in the logs of a source, newest first.",
        _ADMIN,
        query=FindingQuery,
        answers={200: FindingPageAnswer},
    ),
]
