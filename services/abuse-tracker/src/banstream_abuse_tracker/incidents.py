"""What an incident makes of a player: detection, thresholds, kick. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from banstream_abuse_tracker.counting import Step, advance, asked, limit_of
from banstream_abuse_tracker.record import counter_of, detected
from banstream_contracts.abuse import Incident, PlayerAbuse, Threshold
from banstream_contracts.abuse_commands import RecordIncidents
from banstream_contracts.abuse_events import (
    AbuseDetected,
    AbuseKickRequested,
    AbuseThresholdReached,
    AnyPlayerAbuseEvent,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.policies import AutomaticBan, PolicyVersion

TRACKER = Actor(kind="system", id="abuse-tracker")
_CONSEQUENCE = UUID("5b1f6e0c-9a34-5d27-8c11-7e4d0a3b6f58")


@dataclass(frozen=True, slots=True)
class Detection:
    """The events of one incident, and the player after them."""

    events: tuple[AnyPlayerAbuseEvent, ...]
    player: PlayerAbuse
    step: Step


def detect(incident: Incident, command: RecordIncidents, player: PlayerAbuse, version: PolicyVersion) -> Detection:
    """Count an incident under a policy that allows its reason. A clock ahead of ours is taken for ours."""
    at = min(incident.occurred_at, command.issued_at)
    step = advance(counter_of(player, version.policy_id), version.policy, incident.reason, at)
    event = AbuseDetected(
        player=incident.player,
        incident_id=incident.incident_id,
        reported_id=incident.reported_id,
        player_name=incident.player_name,
        reason=incident.reason,
        details=incident.details,
        session_id=incident.session_id,
        server_id=command.server_id,
        policy_id=version.policy_id,
        policy_version=version.version,
        weight=step.weight,
        counted=step.counted,
        status=step.status,
        restarted=step.restarted,
        count=step.counter.count,
        actor=command.actor,
        occurred_at=at,
    )
    consequences = tuple(_consequences(event, step, player, version)) if step.crossed else ()
    return Detection((event, *consequences), detected(player, event, step.counter), step)


def ban_command_id(incident_id: UUID) -> UUID:
    """The id of the command that bans for an incident: the same for ever, so that it happens once."""
    return uuid5(_CONSEQUENCE, f"ban {incident_id}")


def request_command_id(incident_id: UUID) -> UUID:
    """The id of the command that asks staff to look at an incident's crossing."""
    return uuid5(_CONSEQUENCE, f"request {incident_id}")


def _consequences(
    event: AbuseDetected, step: Step, player: PlayerAbuse, version: PolicyVersion
) -> Iterator[AnyPlayerAbuseEvent]:
    for threshold in step.crossed:
        reached = _reached(event, threshold, version, is_protected=player.is_protected)
        yield reached
        if reached.action == "kick" and reached.withheld is None:
            yield AbuseKickRequested(
                player=event.player,
                incident_id=event.incident_id,
                reason=_why(event),
                server_id=event.server_id,
                count=event.count,
                actor=TRACKER,
                occurred_at=event.occurred_at,
            )


def _reached(
    event: AbuseDetected, threshold: Threshold, version: PolicyVersion, *, is_protected: bool
) -> AbuseThresholdReached:
    policy, bans = version.policy, threshold is Threshold.BAN
    action, withheld = asked(policy, threshold, is_protected=is_protected)
    ban = AutomaticBan(
        infraction_id=_short_id(event, "infraction"),
        duration_seconds=policy.ban_duration_seconds,
        scope=policy.ban_scope,
        reason=_why(event),
    )
    return AbuseThresholdReached.model_validate(
        {
            "player": event.player,
            "incident_id": event.incident_id,
            "reason": event.reason,
            "threshold": threshold,
            "limit": limit_of(policy, threshold),
            "count": event.count,
            "server_id": event.server_id,
            "policy_id": version.policy_id,
            "policy_version": version.version,
            "action": action,
            "withheld": withheld,
            "ban": ban if bans else None,
            "request_id": _short_id(event, "request") if action == "review" else None,
            "actor": TRACKER,
            "occurred_at": event.occurred_at,
        }
    )


def _why(event: AbuseDetected) -> str:
    """Public: the player reads it."""
    return f"{event.reason} ({event.count} incidents)"


def _short_id(event: AbuseDetected, of: str) -> str:
    """24 hex digits, time-ordered, and the same whenever they are worked out."""
    return f"{_milliseconds(event.occurred_at):012x}{sha256(f'{of} {event.incident_id}'.encode()).hexdigest()[:12]}"


def _milliseconds(at: datetime) -> int:
    return max(int(at.timestamp() * 1000), 0)
