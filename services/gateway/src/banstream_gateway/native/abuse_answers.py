"""What clients get of the abuse tracker, in the words of the seed where it has some.

Positions here are those of the abuse tracker's own log: never `Banstream-Position`, which checks wait for.
"""

from datetime import datetime
from math import ceil
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from banstream_contracts.abuse import AbuseRecord, IncidentResult, PlayerAbuse, Threshold
from banstream_contracts.infractions import Lifetime
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy, PolicyVersion
from banstream_contracts.queries.abuse import AbuseFound, ProtectedPlayer
from banstream_gateway.answers import Answer
from banstream_gateway.held.standings import Restriction

_LARGEST_NUMBER = 2**53
"""Beyond it the numbers of JavaScript and Luau have gaps."""


class IncidentAnswer(Answer):
    """What became of one incident."""

    id: str
    incident_id: UUID
    status: Literal["recorded", "coalesced", "late", "repeated", "refused"]
    count: int
    """What thresholds are compared with."""
    thresholds: tuple[Threshold, ...]
    """Those that this incident reached."""
    withheld: Literal["shadow", "protected"] | None = None
    """Why no kick or ban follows from them: the policy is in shadow, or the player is protected."""
    message: str | None = None


class IncidentsAnswer(Answer):
    """The incidents in the order reported; `position` is one of the abuse tracker's log."""

    position: int
    incidents: tuple[IncidentAnswer, ...]


class RecordAnswer(Answer):
    """One incident of a player; times are Unix seconds."""

    reason: str
    timestamp: int
    details: dict[str, Any] | None = None
    session_id: str | None = Field(default=None, serialization_alias="sessionId")
    incident_id: UUID = Field(serialization_alias="incidentId")
    server_id: str | None = Field(default=None, serialization_alias="serverId")
    counted: int
    dismissed: bool
    under_review: bool = Field(default=False, serialization_alias="underReview")
    """A credential under review told of it; left out otherwise."""


class PolicyReference(Answer):
    """The policy that counts."""

    id: str
    version: int


class StandingAnswer(Answer):
    """A player as the abuse tracker knows them; times are Unix seconds."""

    user_id: int | str = Field(serialization_alias="userId")
    player: Player
    total_incidents: int = Field(serialization_alias="totalIncidents")
    is_protected: bool = Field(serialization_alias="isProtected")
    first_incident: int | None = Field(default=None, serialization_alias="firstIncident")
    last_incident: int | None = Field(default=None, serialization_alias="lastIncident")


class AbuseAnswer(StandingAnswer):
    """A player's history, and whether a ban holds on the server that asks."""

    count: int
    policy: PolicyReference
    records: tuple[RecordAnswer, ...]
    is_banned: bool = Field(serialization_alias="isBanned")
    ban_expiry: int | None = Field(default=None, serialization_alias="banExpiry")
    """Left out of a permanent ban."""
    ban_reason: str | None = Field(default=None, serialization_alias="banReason")
    next: str | None


class ChangedAbuseAnswer(StandingAnswer):
    """A player after a change; `counts` by policy."""

    counts: dict[str, int]
    position: int


class PolicyAnswer(Answer):
    """A policy as it holds since a version."""

    policy_id: str
    version: int
    policy: Policy


class PolicyListAnswer(Answer):
    """Every policy."""

    items: tuple[PolicyAnswer, ...]


class RemovedPolicyAnswer(Answer):
    """A policy that ended; `position` is one of the abuse tracker's log."""

    policy_id: str
    position: int


class ComparisonAnswer(PolicyAnswer):
    """Whether the policy in force says what a game wants; `differences` by key: wanted, in force."""

    applied: bool
    reason: str | None = None
    differences: dict[str, tuple[Any, Any]]


class ProtectedPageAnswer(Answer):
    """A page of protected players."""

    items: tuple[ProtectedPlayer, ...]
    next: str | None


class MessageAnswer(Answer):
    """A message on its way."""

    message_id: str
    position: int


class KickAnswer(Answer):
    """A kick on its way."""

    position: int


def incident_json(result: IncidentResult) -> dict[str, Any]:
    """What became of one incident."""
    content: dict[str, Any] = {
        "id": result.reported_id,
        "incident_id": result.incident_id,
        "status": result.status,
        "count": result.count,
        "thresholds": result.thresholds,
    }
    further = {"withheld": result.withheld, "message": result.message}
    return content | {name: value for name, value in further.items() if value is not None}


def abuse_json(found: AbuseFound, ban: Restriction | None) -> dict[str, Any]:
    """A player's history, and the ban that holds."""
    return {
        **_standing_json(found.abuse),
        "count": found.count,
        "policy": {"id": found.policy.policy_id, "version": found.policy.version},
        "records": [_record_json(record) for record in found.records],
        **_ban_json(ban),
        "next": found.next,
    }


def changed_json(abuse: PlayerAbuse) -> dict[str, Any]:
    """A player after a change."""
    counts = {policy_id: counter.count for policy_id, counter in abuse.counters.items()}
    return {**_standing_json(abuse), "counts": counts}


def policy_json(version: PolicyVersion) -> dict[str, Any]:
    """A policy in our own spelling, whichever it came in."""
    content: dict[str, Any] = version.model_dump(mode="json")
    return content


def _standing_json(abuse: PlayerAbuse) -> dict[str, Any]:
    player = abuse.player
    is_number = player.service == "roblox" and int(player.id) <= _LARGEST_NUMBER
    content: dict[str, Any] = {
        "userId": int(player.id) if is_number else player.id,
        "player": {"service": player.service, "id": player.id},
        "totalIncidents": abuse.total,
        "isProtected": abuse.is_protected,
    }
    times = {"firstIncident": abuse.first_at, "lastIncident": abuse.last_at}
    return content | {name: _seconds(time) for name, time in times.items() if time is not None}


def _record_json(record: AbuseRecord) -> dict[str, Any]:
    content: dict[str, Any] = {
        "reason": record.reason,
        "timestamp": _seconds(record.occurred_at),
        "incidentId": record.incident_id,
        "counted": record.counted,
        "dismissed": record.dismissed,
    }
    others = {
        "details": record.details,
        "sessionId": record.session_id,
        "serverId": record.server_id,
        "underReview": record.under_review or None,
    }
    return content | {name: value for name, value in others.items() if value is not None}


def _ban_json(ban: Restriction | None) -> dict[str, Any]:
    if ban is None:
        return {"isBanned": False}
    content: dict[str, Any] = {"isBanned": True, "banReason": ban.reason}
    if ban.lifetime == Lifetime.TIMED and ban.expires_at is not None:
        content["banExpiry"] = ceil(ban.expires_at.timestamp())
    return content


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
