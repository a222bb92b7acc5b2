"""One instance of every message with every field set, for golden files and documentation.

People, servers and hashes are invented; addresses and sealed values open for nobody.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from banstream_contracts import abuse_commands, abuse_events, abuse_queries, commands, events, queries, results
from banstream_contracts.abuse import AbuseRecord, Counter, Incident, IncidentResult, PlayerAbuse, Threshold
from banstream_contracts.entries import LogPosition
from banstream_contracts.infractions import (
    Actor,
    Credential,
    Infraction,
    Lifetime,
    Punishment,
    Restriction,
    Scope,
    Severity,
    Standing,
    Status,
)
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan, Policy, PolicyVersion, Thresholds
from banstream_contracts.public_events import published
from banstream_contracts.sealed import SealedAddress

EVENT_ID = UUID("01948f6e-7a00-7c3e-8a51-5b7e4f9d2c10")
POSITION = 4711

_COMMAND_ID = UUID("01948f6e-79f0-7d42-9c0b-2f6a1e8b7d33")
_TRACE_ID = UUID("4bf92f35-77b3-4da6-a3ce-929d0e0e4736")
_AT = datetime(2025, 1, 22, 20, 15, 30, 250000, UTC)
_LATER = datetime(2025, 1, 23, 20, 15, 30, 250000, UTC)
_INFRACTION_ID = "01948f6e79f0a1b2c3d4e5f6"
_SERVER_ID = "01948a00000000000000beef"
_FINGERPRINT = "5e" * 32
_KEY_HASH = "c0" * 32
_ADDRESS_HASH = "ad" * 32
_SEALED = "c2VhbGVkLWZvci1pbmZyYWN0aW9ucw"
_PUNISHMENTS = (Punishment.BAN, Punishment.VOICE_BLOCK)

_player = Player(service="roblox", id="156")
_actor = Actor(kind="token", id="01948a00000000000000cafe", name="Discord bot")
_occurred: dict[str, Any] = {"actor": _actor, "occurred_at": _AT}
_about: dict[str, Any] = {"infraction_id": _INFRACTION_ID, "player": _player, "address_hash": _ADDRESS_HASH}
_where: dict[str, Any] = {"scope": Scope.SERVER, "server_id": _SERVER_ID}
_asked: dict[str, Any] = {
    "command_id": _COMMAND_ID,
    "issued_at": _AT,
    "actor": _actor,
    "correlation_id": _TRACE_ID,
    "fingerprint": _FINGERPRINT,
}
_offence: dict[str, Any] = {
    "player_name": "builderman",
    "punishments": _PUNISHMENTS,
    "lifetime": Lifetime.TIMED,
    "duration_seconds": 86_400,
    "reason": "aimbot",
    "note": "seen twice, see the ticket",
    "scope": Scope.SERVER,
    "server_id": _SERVER_ID,
    "category": "aimbot",
    "severity": Severity.HIGH,
    "evidence": "demo 12 at 03:20",
}
_changes = commands.InfractionChanges(
    reason="aimbot and wallhack",
    note="second witness",
    duration_seconds=172_800,
    punishments=_PUNISHMENTS,
    scope=Scope.COMMUNITY,
    category="wallhack",
    severity=Severity.CRITICAL,
    evidence="demo 13 at 00:10",
)
_credential_shape: dict[str, Any] = {
    "kind": "server",
    "name": "EU 1",
    "scopes": ("check", "report", "punish"),
    "key_hash": _KEY_HASH,
    "game": "tf",
    "expires_at": _LATER,
}
_infraction = Infraction(
    id=_INFRACTION_ID,
    player=_player,
    address_hash=_ADDRESS_HASH,
    issuer=_actor,
    issued_at=_AT,
    expires_at=_LATER,
    time_left_seconds=600,
    status=Status.LIFTED,
    ended_at=_LATER,
    ended_by=_actor,
    ended_reason="appeal granted",
    position=POSITION,
    **_offence,
)
_standing = Standing(
    position=POSITION,
    restrictions=(
        Restriction(
            infraction_id=_INFRACTION_ID,
            punishments=_PUNISHMENTS,
            lifetime=Lifetime.TIMED,
            reason="aimbot",
            scope=Scope.SERVER,
            server_id=_SERVER_ID,
            expires_at=_LATER,
            time_left_seconds=600,
            issuer_name="Discord bot",
        ),
    ),
)
_credential = Credential(
    id=_SERVER_ID,
    created_at=_AT,
    created_by=_actor,
    revoked_at=_LATER,
    position=POSITION,
    **_credential_shape,
)
_INCIDENT_ID = UUID("7d0c1f0e-5b1d-5a3c-9f57-2e1f0a9b8c7d")
_REQUEST_ID = "01948f6e79f0aaaabbbbcccc"
_details = {"detectedSpeed": 100, "maxAllowedSpeed": 16}
_incident = Incident(
    incident_id=_INCIDENT_ID,
    reported_id="2d0d5ad5-6c3e-44e4-9b43-0d9be5c1f1f4",
    player=_player,
    player_name="builderman",
    reason="speed_hack",
    details=_details,
    session_id="job-1",
    occurred_at=_AT,
)
_counter = Counter(
    count=10,
    since=_AT,
    last_at=_LATER,
    counted_at={"speed_hack": _LATER},
    reached=(Threshold.WARN, Threshold.KICK, Threshold.BAN),
)
_abuse = PlayerAbuse(
    player=_player,
    total=12,
    first_at=_AT,
    last_at=_LATER,
    is_protected=True,
    protected_reason="streamer, reports are checked by hand",
    counters={"default": _counter},
)
_policy = PolicyVersion(
    policy_id="strict",
    version=3,
    policy=Policy(
        name="Strict",
        servers=(_SERVER_ID,),
        thresholds=Thresholds(warn=2, kick=3, ban=5),
        auto_kick=True,
        auto_ban=False,
        ban_duration_seconds=2_592_000,
        ban_scope=Scope.COMMUNITY,
        reset_after_seconds=604_800,
        weights={"aimbot": 5},
        coalesce_seconds=1.5,
        reasons=("impossible_distance",),
        shadow=True,
    ),
)
_ban = AutomaticBan(
    infraction_id=_INFRACTION_ID, duration_seconds=604_800, scope=Scope.GLOBAL, reason="speed_hack (10 incidents)"
)
_record = AbuseRecord(
    incident_id=_INCIDENT_ID,
    reason="speed_hack",
    occurred_at=_AT,
    recorded_at=_LATER,
    details=_details,
    session_id="job-1",
    server_id=_SERVER_ID,
    policy_id="strict",
    weight=1,
    counted=1,
    dismissed=True,
)
_request = queries.ReviewRequest(
    id=_REQUEST_ID,
    player=_player,
    reason="speed_hack (10 incidents)",
    server_id=_SERVER_ID,
    incident_id=_INCIDENT_ID,
    suggested=_ban,
    opened_at=_AT,
    opened_by=_actor,
    position=POSITION,
)
_opened: dict[str, Any] = {
    "request_id": _REQUEST_ID,
    "player": _player,
    "reason": "speed_hack (10 incidents)",
    "server_id": _SERVER_ID,
    "incident_id": _INCIDENT_ID,
    "suggested": _ban,
}
_message: dict[str, Any] = {
    "message_id": _INFRACTION_ID,
    "text": "The server restarts in five minutes.",
    "server_id": _SERVER_ID,
    "player": _player,
}
_taken_out: dict[str, Any] = {
    "player": _player,
    "incident_ids": (_INCIDENT_ID,),
    "reason": "teleport pad",
    "counters": {"strict": _counter},
    "total": 12,
    "first_at": _AT,
    "last_at": _LATER,
}
_result = results.CommandResult(
    command_id=_COMMAND_ID,
    status="refused",
    position=POSITION,
    refusal=results.Refusal(code="ended", message="the infraction has reached its end"),
    infractions=(_infraction,),
    credential=_credential,
    fingerprint=_FINGERPRINT,
    standings={_player.token: _standing},
    request_id=_REQUEST_ID,
    incidents=(
        IncidentResult(
            reported_id="2d0d5ad5-6c3e-44e4-9b43-0d9be5c1f1f4",
            incident_id=_INCIDENT_ID,
            status="recorded",
            count=10,
            thresholds=(Threshold.BAN,),
            message="recorded",
        ),
    ),
    abuse=_abuse,
    policy=_policy,
)
_cursor = "NDcxMQ"
_lifted = events.InfractionLifted(
    punishments=(Punishment.BAN,),
    remaining=(Punishment.VOICE_BLOCK,),
    ended=False,
    reason="appeal granted",
    **_about,
    **_where,
    **_occurred,
)
_history_entry = queries.HistoryEntry(
    position=POSITION,
    event_id=EVENT_ID,
    type=_lifted.type,
    occurred_at=_AT,
    recorded_at=_AT,
    actor=_actor,
    event=published(events.stored(_lifted)),
)


def _by_model(instances: Iterable[BaseModel]) -> dict[type[BaseModel], BaseModel]:
    return {type(instance): instance for instance in instances}


EXAMPLES = _by_model(
    [
        commands.IssueInfraction(
            infraction_id=_INFRACTION_ID,
            player=_player,
            sealed_name=_SEALED,
            address=SealedAddress(hash=_ADDRESS_HASH, sealed=_SEALED),
            unless_in_force=True,
            **_offence,
            **_asked,
        ),
        commands.AmendInfraction(infraction_id=_INFRACTION_ID, changes=_changes, **_asked),
        commands.LiftInfraction(infraction_id=_INFRACTION_ID, reason="appeal granted", **_asked),
        commands.LiftRestrictions(
            player=_player,
            reason="appeal granted",
            punishments=_PUNISHMENTS,
            scopes=(Scope.SERVER, Scope.GLOBAL),
            server_id=_SERVER_ID,
            include_other_servers=False,
            **_asked,
        ),
        commands.ReinstateInfraction(infraction_id=_INFRACTION_ID, reason="appeal withdrawn", **_asked),
        commands.CreateCredential(credential_id=_SERVER_ID, **_credential_shape, **_asked),
        commands.RotateCredential(credential_id=_SERVER_ID, key_hash=_KEY_HASH, **_asked),
        commands.RevokeCredential(credential_id=_SERVER_ID, reason="server closed", **_asked),
        events.InfractionIssued(
            sealed_name=_SEALED, sealed_address=_SEALED, expires_at=_LATER, **_offence, **_about, **_occurred
        ),
        events.InfractionAmended(
            changes=_changes,
            lifetime=Lifetime.TIMED,
            expires_at=_LATER,
            removed=(Punishment.CHAT_BLOCK,),
            **_about,
            **_where,
            **_occurred,
        ),
        _lifted,
        events.InfractionReinstated(
            punishments=_PUNISHMENTS, reason="appeal withdrawn", **_about, **_where, **_occurred
        ),
        events.InfractionExpired(punishments=_PUNISHMENTS, **_about, **_where, **_occurred),
        events.CredentialCreated(credential_id=_SERVER_ID, **_credential_shape, **_occurred),
        events.CredentialRotated(credential_id=_SERVER_ID, kind="server", key_hash=_KEY_HASH, **_occurred),
        events.CredentialRevoked(credential_id=_SERVER_ID, kind="server", reason="server closed", **_occurred),
        commands.OpenRequest(**_opened, **_asked),
        commands.SendMessage(**_message, **_asked),
        commands.RequestKick(player=_player, reason="idle", server_id=_SERVER_ID, **_asked),
        events.RequestOpened(**_opened, **_occurred),
        events.MessageSent(**_message, **_occurred),
        events.KickRequested(player=_player, reason="idle", server_id=_SERVER_ID, **_occurred),
        abuse_commands.RecordIncidents(server_id=_SERVER_ID, incidents=(_incident,), **_asked),
        abuse_commands.DismissIncidents(player=_player, incident_ids=(_INCIDENT_ID,), reason="teleport pad", **_asked),
        abuse_commands.RestoreIncidents(
            player=_player, incident_ids=(_INCIDENT_ID,), reason="no teleport pad there", **_asked
        ),
        abuse_commands.ProtectPlayer(player=_player, reason="streamer, reports are checked by hand", **_asked),
        abuse_commands.UnprotectPlayer(player=_player, reason="no longer needed", **_asked),
        abuse_commands.RestartCount(
            player=_player, infraction_id=_INFRACTION_ID, scope=Scope.SERVER, server_id=_SERVER_ID, **_asked
        ),
        abuse_commands.SetPolicy(policy_id="strict", policy=_policy.policy, expected_version=2, **_asked),
        abuse_commands.RemovePolicy(policy_id="strict", reason="season over", **_asked),
        abuse_events.AbuseDetected(
            player=_player,
            incident_id=_INCIDENT_ID,
            reported_id=_incident.reported_id,
            player_name="builderman",
            reason="speed_hack",
            details=_details,
            session_id="job-1",
            server_id=_SERVER_ID,
            policy_id="strict",
            policy_version=3,
            weight=1,
            counted=1,
            status="recorded",
            restarted=True,
            count=10,
            **_occurred,
        ),
        abuse_events.AbuseThresholdReached(
            player=_player,
            incident_id=_INCIDENT_ID,
            reason="speed_hack",
            threshold=Threshold.BAN,
            limit=10,
            count=10,
            server_id=_SERVER_ID,
            policy_id="strict",
            policy_version=3,
            action="ban",
            withheld="shadow",
            ban=_ban,
            request_id=_REQUEST_ID,
            **_occurred,
        ),
        abuse_events.AbuseKickRequested(
            player=_player,
            incident_id=_INCIDENT_ID,
            reason="speed_hack (5 incidents)",
            server_id=_SERVER_ID,
            count=5,
            **_occurred,
        ),
        abuse_events.IncidentsDismissed(**_taken_out, **_occurred),
        abuse_events.IncidentsRestored(**_taken_out, **_occurred),
        abuse_events.CountRestarted(
            player=_player, infraction_id=_INFRACTION_ID, counters={"default": _counter}, **_occurred
        ),
        abuse_events.PlayerProtected(player=_player, reason="streamer, reports are checked by hand", **_occurred),
        abuse_events.PlayerUnprotected(player=_player, reason="no longer needed", **_occurred),
        abuse_events.PolicySet(policy_id="strict", version=3, policy=_policy.policy, **_occurred),
        abuse_events.PolicyRemoved(policy_id="strict", version=4, reason="season over", **_occurred),
        _result,
        abuse_queries.GetAbuse(player=_player, server_id=_SERVER_ID, cursor=_cursor, limit=20),
        abuse_queries.AbuseFound(abuse=_abuse, policy=_policy, count=10, records=(_record,), next=_cursor),
        abuse_queries.FindIncident(incident_id=_INCIDENT_ID),
        abuse_queries.IncidentFound(player=_player, record=_record),
        abuse_queries.ListPolicies(),
        abuse_queries.PolicyList(items=(_policy,)),
        abuse_queries.GetPolicy(policy_id="strict", server_id=_SERVER_ID, version=3),
        abuse_queries.PolicyFound(policy=_policy),
        abuse_queries.ListProtected(cursor=_cursor, limit=20),
        abuse_queries.ProtectedPage(
            items=(
                abuse_queries.ProtectedPlayer(player=_player, reason="streamer", protected_at=_AT, protected_by=_actor),
            ),
            next=_cursor,
        ),
        queries.ListRequests(player=_player, cursor=_cursor, limit=20),
        queries.RequestPage(items=(_request,), next=_cursor),
        queries.ServiceStatus(head=POSITION, relayed=POSITION, leading=True, schema_version=100),
        queries.GetInfraction(infraction_id=_INFRACTION_ID),
        queries.ListInfractions(
            player=_player, active=True, server_id=_SERVER_ID, category="aimbot", cursor=_cursor, limit=20
        ),
        queries.GetHistory(player=_player, cursor=_cursor, limit=20),
        queries.GetCommand(command_id=_COMMAND_ID),
        queries.ListCredentials(kind="server", cursor=_cursor, limit=20),
        queries.GetStatus(),
        queries.InfractionFound(infraction=_infraction),
        queries.InfractionPage(items=(_infraction,), next=_cursor),
        queries.HistoryPage(items=(_history_entry,), next=_cursor),
        queries.CommandFound(result=_result),
        queries.CredentialPage(items=(_credential,), next=_cursor),
        queries.InfractionsStatus(head=POSITION, relayed=POSITION, leading=True, schema_version=100),
        _standing,
        _credential,
        LogPosition(POSITION),
    ]
)
"""By model."""
