"""What an incident makes of a player: detection, thresholds, kick. Pure.

What comes of an incident is written in the log's form at once; the models of `events/abuse` are what reads it back
(ADR 0021).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import to_builtins

from banstream_abuse_tracker.domain.asking import Withheld, asked
from banstream_abuse_tracker.domain.counting import UNGRADED, Grade, Step, advance, limit_of
from banstream_abuse_tracker.domain.evidence import evidence_of
from banstream_abuse_tracker.domain.identifying import infraction_id_of, request_id_of
from banstream_abuse_tracker.domain.record import PlayerState, detected, tally_in
from banstream_contracts.abuse import Incident, Mode, Threshold
from banstream_contracts.commands.abuse import RecordIncidents
from banstream_contracts.infractions import Actor, Severity
from banstream_contracts.policies import AtOnce, AutomaticBan, Policy, PolicyVersion
from banstream_decider.events import Fact

TRACKER = Actor(kind="system", id="abuse-tracker")
_ACTOR = TRACKER.model_dump(mode="json", exclude_none=True)
_OPTIONAL = ("player_name", "details", "session_id", "summary")
"""Fields of an incident that its event has as they are, where they are given."""


class Report(NamedTuple):
    """What the incidents of one command have in common; `actor` as the log keeps it."""

    server_id: str | None
    issued_at: datetime
    actor: Mapping[str, Any]
    under_review: bool = False


class Detection(NamedTuple):
    """The events of one incident, and the player after them."""

    facts: tuple[Fact, ...]
    state: PlayerState
    step: Step

    @property
    def withheld(self) -> Withheld | None:
        """Why what the crossed thresholds ask for is not done, if so."""
        return next((fact.data["withheld"] for fact in self.facts if "withheld" in fact.data), None)


class _Seen(NamedTuple):
    """An incident that was counted, as what follows from it tells it."""

    incident: Incident
    stream: str
    at: datetime
    told_at: datetime
    server_id: str | None
    count_after: int


def report_of(command: RecordIncidents) -> Report:
    """To be made once for all incidents of a command."""
    actor = command.actor.model_dump(mode="json", exclude_none=True)
    return Report(command.server_id, command.issued_at, actor, command.review)


def detect(incident: Incident, report: Report, stream: str, state: PlayerState, version: PolicyVersion) -> Detection:
    """Count an incident under a policy that allows its reason. A clock ahead of ours is taken for ours."""
    at = min(incident.occurred_at, report.issued_at)
    grade = UNGRADED
    tally = tally_in(state, version.policy_id)
    is_graded = incident.severity is not None or incident.mode is not None
    if is_graded or report.under_review or tally.sure is not None:
        is_protected = incident.severity is not None and state.is_protected
        request_id = request_id_of(incident.incident_id, report.issued_at)
        grade = Grade(incident.severity, incident.mode, is_protected, report.under_review, request_id)
    step = advance(tally, version.policy, incident.reason, at, grade)
    data = _detected(incident, report, version, step, is_protected=grade.is_protected)
    facts: tuple[Fact, ...] = (Fact("abuse.detected", stream, data, report.actor, at),)
    after = detected(state, version.policy_id, at, step.tally)
    if not step.crossed and incident.mode is not Mode.ALERT:
        return Detection(facts, after, step)
    seen = _Seen(incident, stream, at, report.issued_at, report.server_id, step.count)
    if incident.mode is not Mode.ALERT:
        facts += tuple(_consequences(seen, step, state, version))
    elif step.status != "late":
        facts += (_alert(seen),)
    return Detection(facts, after, step)


def _detected(
    incident: Incident, report: Report, version: PolicyVersion, step: Step, *, is_protected: bool
) -> dict[str, Any]:
    """`AbuseDetected` as the log keeps it."""
    player = incident.player
    data: dict[str, Any] = {
        "type": "abuse.detected",
        "player": {"service": player.service, "id": player.id},
        "incident_id": to_builtins(incident.incident_id),
        "reported_id": incident.reported_id,
        "reason": incident.reason,
        "policy_id": version.policy_id,
        "policy_version": version.version,
        "weight": step.weight,
        "counted": step.counted,
        "status": step.status,
        "restarted": step.restarted,
        "count": step.count,
        "is_protected": is_protected,
        "under_review": report.under_review,
    }
    if report.server_id is not None:
        data["server_id"] = report.server_id
    for name in _OPTIONAL:
        if (value := getattr(incident, name)) is not None:
            data[name] = value
    if Threshold.BAN in step.crossed:
        data["told_at"] = to_builtins(report.issued_at)
    for name, graded in (("severity", incident.severity), ("mode", incident.mode)):
        if graded is not None:
            data[name] = graded.value
    return data


def _consequences(seen: _Seen, step: Step, state: PlayerState, version: PolicyVersion) -> Iterator[Fact]:
    for threshold in step.crossed:
        counted = seen._replace(count_after=step.count if threshold in step.unsure else step.sure)
        reached = _reached(counted, threshold, version, step, is_protected=state.is_protected)
        yield _told("abuse.threshold_reached", counted, reached)
        if reached["action"] == "kick" and reached["withheld"] is None:
            kick = {"reason": _why(counted, version.policy), "count": counted.count_after}
            yield _told("abuse.kick_requested", counted, kick)


def _alert(seen: _Seen) -> Fact:
    incident = seen.incident
    return _told(
        "abuse.alert_raised",
        seen,
        {
            "player_name": incident.player_name,
            "category": incident.reason,
            "severity": _text(incident.severity),
            "reason": incident.summary or incident.reason,
            "evidence": evidence_of(incident.details),
        },
    )


def _told(kind: str, seen: _Seen, values: Mapping[str, Any]) -> Fact:
    """An event that follows from an incident, as the log keeps it: without what is None."""
    incident = seen.incident
    data = {
        "type": kind,
        "player": {"service": incident.player.service, "id": incident.player.id},
        "incident_id": str(incident.incident_id),
        "server_id": seen.server_id,
        **values,
    }
    data = {name: value for name, value in data.items() if value is not None}
    return Fact(kind, seen.stream, data, _ACTOR, seen.at)


def _reached(
    seen: _Seen, threshold: Threshold, version: PolicyVersion, step: Step, *, is_protected: bool
) -> dict[str, Any]:
    """The values of `AbuseThresholdReached`."""
    incident, policy, bans = seen.incident, version.policy, threshold is Threshold.BAN
    at_once = step.at_once if bans else None
    is_alone = bans and (at_once is not None or incident.mode is Mode.REVIEW)
    is_unsure = threshold in step.unsure
    action, withheld = asked(policy, threshold, seen.server_id, is_protected=is_protected, is_unsure=is_unsure)
    reached: dict[str, Any] = {
        "reason": incident.reason,
        "threshold": threshold.value,
        "limit": seen.count_after if is_alone else limit_of(policy, threshold),
        "count": seen.count_after,
        "policy_id": version.policy_id,
        "policy_version": version.version,
        "action": action,
        "withheld": withheld,
        "under_review": is_unsure and incident.mode is not Mode.REVIEW,
    }
    if not bans:
        return reached
    is_reviewed = action == "review" or (action == "ban" and at_once is not None and at_once.review)
    return {
        **reached,
        "ban": _ban(seen, policy, at_once).model_dump(mode="json", exclude_none=True),
        "request_id": request_id_of(incident.incident_id, seen.told_at) if is_reviewed else None,
        "settles": step.settles if withheld is None else None,
        "player_name": incident.player_name,
        "severity": _text(incident.severity),
        "evidence": evidence_of(incident.details),
    }


def _ban(seen: _Seen, policy: Policy, at_once: AtOnce | None) -> AutomaticBan:
    return AutomaticBan(
        infraction_id=infraction_id_of(seen.incident.incident_id, seen.told_at),
        duration_seconds=at_once.ban_duration_seconds if at_once else policy.ban_duration_seconds,
        scope=policy.ban_scope,
        reason=seen.incident.summary or _why(seen, policy),
    )


def _why(seen: _Seen, policy: Policy) -> str:
    """Public: the player reads it. Where incidents have weights, a count is no number of incidents."""
    count = seen.count_after
    if policy.weights:
        return f"{seen.incident.reason} (count {count})"
    return f"{seen.incident.reason} ({count} {'incident' if count == 1 else 'incidents'})"


def _text(severity: Severity | None) -> str | None:
    return None if severity is None else severity.value
