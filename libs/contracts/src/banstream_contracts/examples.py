"""One instance of every message with every field set, for golden files and documentation."""

from collections.abc import Iterable

from pydantic import BaseModel

from banstream_contracts import (
    abuse_commands,
    abuse_events,
    abuse_queries,
    commands,
    events,
    notifier_examples,
    queries,
    results,
)
from banstream_contracts import example_parts as parts
from banstream_contracts.abuse import IncidentResult, Threshold
from banstream_contracts.entries import LogPosition
from banstream_contracts.infractions import (
    Lifetime,
    Punishment,
    Scope,
)
from banstream_contracts.public_events import published
from banstream_contracts.sealed import SealedAddress

_result = results.CommandResult(
    command_id=parts.COMMAND_ID,
    status="refused",
    position=parts.POSITION,
    refusal=results.Refusal(code="ended", message="the infraction has reached its end"),
    infractions=(parts.infraction,),
    credential=parts.credential,
    fingerprint=parts.FINGERPRINT,
    standings={parts.player.token: parts.standing},
    request_id=parts.REQUEST_ID,
    incidents=(
        IncidentResult(
            reported_id="2d0d5ad5-6c3e-44e4-9b43-0d9be5c1f1f4",
            incident_id=parts.INCIDENT_ID,
            status="recorded",
            count=10,
            thresholds=(Threshold.BAN,),
            message="recorded",
        ),
    ),
    abuse=parts.abuse,
    policy=parts.policy,
    target=notifier_examples.target,
)
_lifted = events.InfractionLifted(
    punishments=(Punishment.BAN,),
    remaining=(Punishment.VOICE_BLOCK,),
    ended=False,
    reason="appeal granted",
    **parts.about,
    **parts.where,
    **parts.occurred,
)
_history_entry = queries.HistoryEntry(
    position=parts.POSITION,
    event_id=parts.EVENT_ID,
    type=_lifted.type,
    occurred_at=parts.AT,
    recorded_at=parts.AT,
    actor=parts.actor,
    event=published(events.stored(_lifted)),
)


def _by_model(instances: Iterable[BaseModel]) -> dict[type[BaseModel], BaseModel]:
    return {type(instance): instance for instance in instances}


EXAMPLES = _by_model(
    [
        commands.IssueInfraction(
            infraction_id=parts.INFRACTION_ID,
            player=parts.player,
            sealed_name=parts.SEALED,
            address=SealedAddress(hash=parts.ADDRESS_HASH, sealed=parts.SEALED),
            unless_in_force=True,
            **parts.offence,
            **parts.asked,
        ),
        commands.AmendInfraction(infraction_id=parts.INFRACTION_ID, changes=parts.changes, **parts.asked),
        commands.LiftInfraction(infraction_id=parts.INFRACTION_ID, reason="appeal granted", **parts.asked),
        commands.LiftRestrictions(
            player=parts.player,
            reason="appeal granted",
            punishments=parts.PUNISHMENTS,
            scopes=(Scope.SERVER, Scope.GLOBAL),
            server_id=parts.SERVER_ID,
            include_other_servers=False,
            **parts.asked,
        ),
        commands.ReinstateInfraction(infraction_id=parts.INFRACTION_ID, reason="appeal withdrawn", **parts.asked),
        commands.CreateCredential(credential_id=parts.SERVER_ID, **parts.credential_shape, **parts.asked),
        commands.RotateCredential(credential_id=parts.SERVER_ID, key_hash=parts.KEY_HASH, **parts.asked),
        commands.RevokeCredential(credential_id=parts.SERVER_ID, reason="server closed", **parts.asked),
        events.InfractionIssued(
            sealed_name=parts.SEALED,
            sealed_address=parts.SEALED,
            expires_at=parts.LATER,
            **parts.offence,
            **parts.about,
            **parts.occurred,
        ),
        events.InfractionAmended(
            changes=parts.changes,
            lifetime=Lifetime.TIMED,
            expires_at=parts.LATER,
            removed=(Punishment.CHAT_BLOCK,),
            **parts.about,
            **parts.where,
            **parts.occurred,
        ),
        _lifted,
        events.InfractionReinstated(
            punishments=parts.PUNISHMENTS, reason="appeal withdrawn", **parts.about, **parts.where, **parts.occurred
        ),
        events.InfractionExpired(punishments=parts.PUNISHMENTS, **parts.about, **parts.where, **parts.occurred),
        events.CredentialCreated(credential_id=parts.SERVER_ID, **parts.credential_shape, **parts.occurred),
        events.CredentialRotated(
            credential_id=parts.SERVER_ID, kind="server", key_hash=parts.KEY_HASH, **parts.occurred
        ),
        events.CredentialRevoked(
            credential_id=parts.SERVER_ID, kind="server", reason="server closed", **parts.occurred
        ),
        commands.OpenRequest(**parts.opened, **parts.asked),
        commands.SendMessage(**parts.message, **parts.asked),
        commands.RequestKick(player=parts.player, reason="idle", server_id=parts.SERVER_ID, **parts.asked),
        events.RequestOpened(**parts.opened, **parts.occurred),
        events.MessageSent(**parts.message, **parts.occurred),
        events.KickRequested(player=parts.player, reason="idle", server_id=parts.SERVER_ID, **parts.occurred),
        abuse_commands.RecordIncidents(server_id=parts.SERVER_ID, incidents=(parts.incident,), **parts.asked),
        abuse_commands.DismissIncidents(
            player=parts.player, incident_ids=(parts.INCIDENT_ID,), reason="teleport pad", **parts.asked
        ),
        abuse_commands.RestoreIncidents(
            player=parts.player, incident_ids=(parts.INCIDENT_ID,), reason="no teleport pad there", **parts.asked
        ),
        abuse_commands.ProtectPlayer(
            player=parts.player, reason="streamer, reports are checked by hand", **parts.asked
        ),
        abuse_commands.UnprotectPlayer(player=parts.player, reason="no longer needed", **parts.asked),
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
        abuse_events.PlayerProtected(
            player=parts.player, reason="streamer, reports are checked by hand", **parts.occurred
        ),
        abuse_events.PlayerUnprotected(player=parts.player, reason="no longer needed", **parts.occurred),
        abuse_events.PolicySet(policy_id="strict", version=3, policy=parts.policy.policy, **parts.occurred),
        abuse_events.PolicyRemoved(policy_id="strict", version=4, reason="season over", **parts.occurred),
        _result,
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
        *notifier_examples.EXAMPLES,
        queries.ListRequests(player=parts.player, cursor=parts.cursor, limit=20),
        queries.RequestPage(items=(parts.request,), next=parts.cursor),
        queries.ServiceStatus(head=parts.POSITION, relayed=parts.POSITION, leading=True, schema_version=100),
        queries.GetInfraction(infraction_id=parts.INFRACTION_ID),
        queries.ListInfractions(
            player=parts.player,
            active=True,
            server_id=parts.SERVER_ID,
            category="aimbot",
            cursor=parts.cursor,
            limit=20,
        ),
        queries.GetHistory(player=parts.player, cursor=parts.cursor, limit=20),
        queries.GetCommand(command_id=parts.COMMAND_ID),
        queries.ListCredentials(kind="server", cursor=parts.cursor, limit=20),
        queries.GetStatus(),
        queries.InfractionFound(infraction=parts.infraction),
        queries.InfractionPage(items=(parts.infraction,), next=parts.cursor),
        queries.HistoryPage(items=(_history_entry,), next=parts.cursor),
        queries.CommandFound(result=_result),
        queries.CredentialPage(items=(parts.credential,), next=parts.cursor),
        queries.InfractionsStatus(head=parts.POSITION, relayed=parts.POSITION, leading=True, schema_version=100),
        parts.standing,
        parts.credential,
        LogPosition(parts.POSITION),
    ]
)
"""By model."""
