"""What clients send to the abuse tracker, and of messages and kicks."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, RootModel, WithJsonSchema

from banstream_contracts.abuse import MAX_INCIDENTS, Details
from banstream_contracts.policies import Policy
from banstream_contracts.text import AbuseReason, KeyHash, Message, Name, Reason, ReportedId, ShortId
from banstream_gateway.request_forms import Request
from banstream_gateway.requests import NamedPlayer, PageQuery, Place, ReasonRequest

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: beyond it are milliseconds."""
_A_TIME = "is a time from 1970 on: RFC 3339 with an offset, or Unix seconds as a number"


def _moment(value: object) -> datetime:
    """In UTC."""
    match value:
        case bool():
            raise ValueError(_A_TIME)
        case int() | float() if 0 <= value <= _LAST_SECOND:
            return datetime.fromtimestamp(value, UTC)
        case str() if _RFC_3339.fullmatch(value.upper()):
            return _since_epoch(value.upper())
        case _:
            raise ValueError(_A_TIME)


def _since_epoch(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_A_TIME) from None
    if moment < _EPOCH:
        raise ValueError(_A_TIME)
    return moment


def _table(value: object) -> object:
    """Luau writes an empty table as an empty array."""
    return {} if value == [] else value


def _writable(details: dict[str, Any]) -> dict[str, Any]:
    """Numbers have 64 bits in whatever reads them afterwards."""
    try:
        orjson.dumps(details)
    except TypeError:
        raise ValueError("details hold a number that does not fit into 64 bits") from None
    return details


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "number", "minimum": 0}]}),
]
ReportedDetails = Annotated[Details, BeforeValidator(_table), AfterValidator(_writable)]


class IncidentReport(Request):
    """One report of abuse."""

    id: ReportedId
    """The reporter's own: the same id again changes nothing."""
    player: NamedPlayer
    player_name: Name | None = None
    reason: AbuseReason
    details: ReportedDetails | None = None
    """Any JSON object of at most 4096 bytes."""
    session_id: ReportedId | None = None
    occurred_at: Moment | None = None
    """RFC 3339 or Unix seconds; without it, and if it is in the future, the time of arrival."""


class SingleIncident(IncidentReport):
    """One incident, alone."""

    server_id: ShortId | None = None
    """For tokens: the server that it happened on. A server reports as itself."""


class IncidentBatch(Request):
    """Many incidents at once."""

    incidents: Annotated[tuple[IncidentReport, ...], Field(min_length=1, max_length=MAX_INCIDENTS)]
    server_id: ShortId | None = None
    """For tokens: the server that they happened on. A server reports as itself."""


class IncidentsRequest(RootModel[SingleIncident | IncidentBatch]):
    """One incident, or many in `incidents`."""


class PolicyRequest(Policy):
    """A policy; what is not sent has its default.

    Also understood: `warnAt`, `kickAt`, `banAt` in `thresholds` or at the top, `autoKick`, `autoBan`, `banDuration`,
    `ban_duration`, `banScope`, `resetAfter` and `coalesceSeconds`. Anything else is refused by name.
    """


class DismissRequest(ReasonRequest):
    """Which incidents do not count; without ids all that count now."""

    incident_ids: Annotated[tuple[UUID, ...], Field(max_length=MAX_INCIDENTS)] = ()


class UnprotectRequest(Request):
    """Why; the body may be left out."""

    reason: Reason = "no longer protected"


class MessageRequest(Request):
    """A text to show in the game, to everybody or to one player."""

    text: Message
    player: NamedPlayer | None = None


class KickRequest(ReasonRequest):
    """Why, and from where: every server where none is named."""

    server_id: ShortId | None = None


class ServerQuery(Request):
    """Which server."""

    server_id: ShortId | None = None
    """For tokens: the server to ask as."""


class AbuseQuery(ServerQuery):
    """Which page of the incidents, as seen by which server."""

    cursor: Place | None = None
    """The `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ProtectedQuery(PageQuery):
    """Which page of the players, in no order that says anything."""

    cursor: KeyHash | None = None
    """The `next` of the page before."""


class PolicyQuery(Request):
    """Which version; without it the one that holds."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
