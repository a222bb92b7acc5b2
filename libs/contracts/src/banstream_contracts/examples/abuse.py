"""One instance of every message of the abuse tracker."""

from pydantic import BaseModel

from banstream_contracts.abuse import Mode, Threshold
from banstream_contracts.commands import abuse as abuse_commands
from banstream_contracts.events import abuse as abuse_events
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Scope, Severity
from banstream_contracts.queries import abuse as abuse_queries

EXAMPLES: tuple[BaseModel, ...] = (
    abuse_commands.RecordIncidents(server_id=parts.SERVER_ID, review=True, incidents=(parts.incident,), **parts.asked),
    abuse_commands.DismissIncidents(
        player=parts.player, incident_ids=(parts.INCIDENT_ID,), reason="teleport pad", **parts.asked
    ),
    abuse_commands.RestoreIncidents(
        player=parts.player, incident_ids=(parts.INCIDENT_ID,), reason="no teleport pad there", **parts.asked
    ),
    abuse_commands.ProtectPlayer(player=parts.player, reason="streamer, reports are checked by hand", **parts.asked),
    abuse_commands.UnprotectPlayer(player=parts.player, reason="no longer needed", **parts.asked),
    abuse_commands.ForgetPlayer(player=parts.player, **parts.asked),
    abuse_commands.RestartCount(
        player=parts.player,
        infraction_id=parts.INFRACTION_ID,
        scope=Scope.SERVER,
        server_id=parts.SERVER_ID,
        **parts.asked,
    ),
    abuse_commands.SetPolicy(policy_id="strict", policy=parts.policy.policy, expected_version=2, **parts.asked),
    abuse_commands.RemovePolicy(policy_id="strict", reason="season over", **parts.asked),
    abuse_events.AbuseDetected(
        player=parts.player,
        incident_id=parts.INCIDENT_ID,
        reported_id=parts.incident.reported_id,
        player_name="builderman",
        reason="speed_hack",
        details=parts.details,
        session_id="job-1",
        server_id=parts.SERVER_ID,
        policy_id="strict",
        policy_version=3,
        weight=1,
        counted=1,
        status="recorded",
        restarted=True,
        count=10,
        severity=Severity.CRITICAL,
        mode=Mode.ACT,
        summary="23 studs in 0.1 s",
        is_protected=True,
        under_review=True,
        told_at=parts.AT,
        **parts.occurred,
    ),
    abuse_events.AbuseThresholdReached(
        player=parts.player,
        incident_id=parts.INCIDENT_ID,
        reason="speed_hack",
        threshold=Threshold.BAN,
        limit=10,
        count=10,
        server_id=parts.SERVER_ID,
        policy_id="strict",
        policy_version=3,
        action="ban",
        withheld="shadow",
        ban=parts.ban,
        request_id=parts.REQUEST_ID,
        player_name="builderman",
        severity=Severity.CRITICAL,
        evidence="23 studs in 0.1 s",
        under_review=True,
        settles=parts.REQUEST_ID,
        **parts.occurred,
    ),
    abuse_events.AbuseAlertRaised(
        player=parts.player,
        incident_id=parts.INCIDENT_ID,
        player_name="builderman",
        category="speed_hack",
        severity=Severity.CRITICAL,
        reason="23 studs in 0.1 s",
        evidence="23 studs in 0.1 s",
        server_id=parts.SERVER_ID,
        **parts.occurred,
    ),
    abuse_events.AbuseKickRequested(
        player=parts.player,
        incident_id=parts.INCIDENT_ID,
        reason="speed_hack (5 incidents)",
        server_id=parts.SERVER_ID,
        count=5,
        **parts.occurred,
    ),
    abuse_events.IncidentsDismissed(**parts.taken_out, **parts.occurred),
    abuse_events.IncidentsRestored(**parts.taken_out, **parts.occurred),
    abuse_events.CountRestarted(
        player=parts.player,
        infraction_id=parts.INFRACTION_ID,
        counters={"default": parts.counter},
        **parts.occurred,
    ),
    abuse_events.PlayerProtected(player=parts.player, reason="streamer, reports are checked by hand", **parts.occurred),
    abuse_events.PlayerUnprotected(player=parts.player, reason="no longer needed", **parts.occurred),
    abuse_events.PlayerForgotten(player=parts.player, **parts.occurred),
    abuse_events.PolicySet(policy_id="strict", version=3, policy=parts.policy.policy, **parts.occurred),
    abuse_events.PolicyRemoved(policy_id="strict", version=4, reason="season over", **parts.occurred),
    abuse_queries.GetAbuse(player=parts.player, server_id=parts.SERVER_ID, cursor=parts.cursor, limit=20),
    abuse_queries.AbuseFound(
        abuse=parts.abuse, policy=parts.policy, count=10, records=(parts.record,), next=parts.cursor
    ),
    abuse_queries.FindIncident(incident_id=parts.INCIDENT_ID),
    abuse_queries.IncidentFound(player=parts.player, record=parts.record),
    abuse_queries.ListPolicies(),
    abuse_queries.PolicyList(items=(parts.policy,)),
    abuse_queries.GetPolicy(policy_id="strict", server_id=parts.SERVER_ID, version=3),
    abuse_queries.PolicyFound(policy=parts.policy),
    abuse_queries.ListProtected(cursor=parts.cursor, limit=20),
    abuse_queries.ProtectedPage(
        items=(
            abuse_queries.ProtectedPlayer(
                player=parts.player, reason="streamer", protected_at=parts.AT, protected_by=parts.actor
            ),
        ),
        next=parts.cursor,
    ),
)
