"""The words of the abuse tracker as they travel: incident, count, history."""

import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import to_json

from banstream_contracts.infractions import Contract, Severity
from banstream_contracts.players import Player
from banstream_contracts.text import (
    AbuseReason,
    Message,
    Name,
    PolicyId,
    Reason,
    ReportedId,
    ShortId,
    control_character,
)

DETAILS_LIMIT_BYTES = 4096
_DETAILS_DEPTH = 8
MAX_INCIDENTS = 500
_PLAIN = re.compile(rb"[ -\[\]-~]*")
"""JSON of printable ASCII without escapes: no control character is in it."""


class Threshold(StrEnum):
    """What a count can reach, in the order in which they come."""

    WARN = "warn"
    KICK = "kick"
    BAN = "ban"


class Mode(StrEnum):
    """What may follow from an incident, at most.

    `record`: it is kept. `alert`: people are told. `review`: staff is asked to look. `act`: the policy decides. Only
    what may act counts.
    """

    RECORD = "record"
    ALERT = "alert"
    REVIEW = "review"
    ACT = "act"


def _checked_details(details: dict[str, Any]) -> dict[str, Any]:
    """Any JSON object that is small, shallow and free of control characters (invariant 9)."""
    if _is_plain(details):
        return details
    _check_text(details, _DETAILS_DEPTH)
    size = len(json.dumps(details, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    if size > DETAILS_LIMIT_BYTES:
        raise ValueError(f"details take {size} bytes; the limit is {DETAILS_LIMIT_BYTES}")
    return details


def _is_plain(details: dict[str, Any]) -> bool:
    """Whether it can be seen at a glance that nothing is wrong, as of nearly all: it takes a third of the time."""
    try:
        text = to_json(details, inf_nan_mode="constants")
    except ValueError:
        return False
    is_shallow = text.count(b"{") + text.count(b"[") <= _DETAILS_DEPTH
    is_finite = b"NaN" not in text and b"Infinity" not in text
    return len(text) <= DETAILS_LIMIT_BYTES and is_shallow and is_finite and _PLAIN.fullmatch(text) is not None


def _check_text(value: object, depth: int) -> None:
    if depth < 0:
        raise ValueError(f"details are nested deeper than {_DETAILS_DEPTH}")
    match value:
        case dict():
            for name, inner in value.items():
                _check_text(name, depth)
                _check_text(inner, depth - 1)
        case list():
            for inner in value:
                _check_text(inner, depth - 1)
        case str() if found := control_character(value):
            raise ValueError(f"details hold the control character U+{ord(found):04X}")
        case _:
            pass


Details = Annotated[dict[str, Any], AfterValidator(_checked_details)]
"""Free JSON of at most 4096 bytes; never published, since a game may put anything into it."""


class Incident(Contract):
    """One report of abuse.

    `incident_id` is worked out of the reporter and `reported_id`: the same report again changes nothing.
    `severity` and `mode` are those of the rule of a detector; without a mode the policy decides. `summary` says in a
    line what was seen, and is what the player reads. Texts in `evidence` of `details` are what an infraction shows.
    """

    incident_id: UUID
    reported_id: ReportedId
    player: Player
    player_name: Name | None = None
    reason: AbuseReason
    details: Details | None = None
    session_id: ReportedId | None = None
    occurred_at: AwareDatetime
    severity: Severity | None = None
    mode: Mode | None = None
    summary: Reason | None = None


class IncidentResult(Contract):
    """What became of one reported incident.

    `recorded` it counts; `coalesced` it is one with another of the same reason; `late` it happened before the count
    last began anew, or too long before what was told first; `repeated` it was recorded before; `refused`, see
    `message`. `count` is what thresholds are compared with, `thresholds` those that it reached. `withheld` is why what
    these ask for is not done, if so.
    """

    reported_id: ReportedId
    incident_id: UUID
    status: Literal["recorded", "coalesced", "late", "repeated", "refused"]
    count: int = 0
    thresholds: tuple[Threshold, ...] = ()
    message: Message | None = None
    withheld: Literal["shadow", "protected"] | None = None


class Counted(Contract):
    """When an incident was that counted, and of which reason."""

    at: AwareDatetime
    reason: AbuseReason


class Series(Contract):
    """Incidents with no quiet time of the policy between them, by when they happened: what thresholds look at.

    `reached` are the thresholds that have been reported of them, `banned_for` the severities that have banned at once.
    `counted` are the newest that counted, and `counted_at` the last of each reason; both are empty where nothing
    coalesces. `asked` is the request for review that it opened and has not settled.
    """

    count: int = 0
    first_at: AwareDatetime | None = None
    last_at: AwareDatetime | None = None
    counted: tuple[Counted, ...] = ()
    counted_at: dict[AbuseReason, AwareDatetime] = Field(default_factory=dict)
    reached: tuple[Threshold, ...] = ()
    banned_for: tuple[Severity, ...] = ()
    asked: ShortId | None = None


class Count(Series):
    """The newest series, and the one before it (`earlier`). What happened before `since` counts no more."""

    since: AwareDatetime | None = None
    earlier: Series | None = None


class Counter(Count):
    """How far a player has come under one policy.

    `sure` is the count of what others than credentials under review told: it alone kicks and bans. Without it that is
    all there is. `under_review` is how much more the whole count is.
    """

    sure: Count | None = None
    under_review: int = 0


class AbuseRecord(Contract):
    """One incident in a player's history (seed 2, AbuseRecord). `under_review` is as in `AbuseDetected`."""

    incident_id: UUID
    reason: AbuseReason
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    details: dict[str, Any] | None = None
    session_id: ReportedId | None = None
    server_id: ShortId | None = None
    policy_id: PolicyId
    weight: int
    counted: int
    dismissed: bool = False
    under_review: bool = False
    severity: Severity | None = None
    mode: Mode | None = None
    summary: Reason | None = None


class PlayerAbuse(Contract):
    """A player's standing with the abuse tracker (seed 2, PlayerAbuseHistory).

    `total` are all incidents that were not dismissed; `counters` by policy are what thresholds are compared with.
    """

    player: Player
    total: int = 0
    first_at: AwareDatetime | None = None
    last_at: AwareDatetime | None = None
    is_protected: bool = False
    protected_reason: str | None = None
    counters: dict[PolicyId, Counter] = Field(default_factory=dict)


def later(one: datetime | None, other: datetime) -> datetime:
    """The later of two times, of which the first may be missing."""
    return max(one, other) if one else other
