"""What an incident makes of a player: detection, thresholds, kick. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from banstream_abuse_tracker.counting import Grade, Step, advance, asked, limit_of
from banstream_abuse_tracker.evidence import evidence_of
from banstream_abuse_tracker.record import counter_of, detected
from banstream_contracts.abuse import Incident, Mode, PlayerAbuse, Threshold
from banstream_contracts.abuse_commands import RecordIncidents
from banstream_contracts.abuse_events import (
    AbuseAlertRaised,
    AbuseDetected,
    AbuseKickRequested,
    AbuseThresholdReached,
    AnyPlayerAbuseEvent,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.policies import AtOnce, AutomaticBan, Policy, PolicyVersion

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
    is_protected = incident.severity is not None and player.is_protected
    grade = Grade(incident.severity, incident.mode, is_protected)
    step = advance(counter_of(player, version.policy_id), version.policy, incident.reason, at, grade)
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
        count=step.tally.count,
        severity=incident.severity,
        mode=incident.mode,
        summary=incident.summary,
        is_protected=is_protected,
        actor=command.actor,
        occurred_at=at,
    )
    consequences = tuple(_consequences(event, step, player, version)) if step.crossed else ()
    if incident.mode is Mode.ALERT and step.status != "late":
        consequences = (_alert(event),)
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
        reached = _reached(event, threshold, version, step, is_protected=player.is_protected)
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


def _alert(event: AbuseDetected) -> AbuseAlertRaised:
    return AbuseAlertRaised(
        player=event.player,
        incident_id=event.incident_id,
        player_name=event.player_name,
        category=event.reason,
        severity=event.severity,
        reason=event.summary or event.reason,
        evidence=evidence_of(event.details),
        server_id=event.server_id,
        actor=TRACKER,
        occurred_at=event.occurred_at,
    )


def _reached(
    event: AbuseDetected, threshold: Threshold, version: PolicyVersion, step: Step, *, is_protected: bool
) -> AbuseThresholdReached:
    policy, bans = version.policy, threshold is Threshold.BAN
    at_once = step.at_once if bans else None
    is_alone = bans and (at_once is not None or event.mode is Mode.REVIEW)
    action, withheld = asked(policy, threshold, is_protected=is_protected, mode=event.mode)
    ban = _ban(event, policy, at_once) if bans else None
    is_reviewed = action == "review" or (action == "ban" and at_once is not None and at_once.review)
    return AbuseThresholdReached.model_validate(
        {
            "player": event.player,
            "incident_id": event.incident_id,
            "reason": event.reason,
            "threshold": threshold,
            "limit": event.count if is_alone else limit_of(policy, threshold),
            "count": event.count,
            "server_id": event.server_id,
            "policy_id": version.policy_id,
            "policy_version": version.version,
            "action": action,
            "withheld": withheld,
            "ban": ban,
            "request_id": _short_id(event, "request") if is_reviewed else None,
            "player_name": event.player_name if bans else None,
            "severity": event.severity if bans else None,
            "evidence": evidence_of(event.details) if bans else None,
            "actor": TRACKER,
            "occurred_at": event.occurred_at,
        }
    )


def _ban(event: AbuseDetected, policy: Policy, at_once: AtOnce | None) -> AutomaticBan:
    return AutomaticBan(
        infraction_id=_short_id(event, "infraction"),
        duration_seconds=at_once.ban_duration_seconds if at_once else policy.ban_duration_seconds,
        scope=policy.ban_scope,
        reason=event.summary or _why(event),
    )


def _why(event: AbuseDetected) -> str:
    """Public: the player reads it."""
    return f"{event.reason} ({event.count} incidents)"


def _short_id(event: AbuseDetected, of: str) -> str:
    """24 hex digits, time-ordered, and the same whenever they are worked out."""
    return f"{_milliseconds(event.occurred_at):012x}{sha256(f'{of} {event.incident_id}'.encode()).hexdigest()[:12]}"


def _milliseconds(at: datetime) -> int:
    return max(int(at.timestamp() * 1000), 0)
