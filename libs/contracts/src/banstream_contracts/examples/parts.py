"""Pieces that examples are made of. People, servers and hashes are invented; sealed values open for nobody."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from banstream_contracts.abuse import (
    AbuseRecord,
    Count,
    Counted,
    Counter,
    Incident,
    Mode,
    PlayerAbuse,
    Series,
    Threshold,
)
from banstream_contracts.accounts import account_id
from banstream_contracts.commands import infractions as commands
from banstream_contracts.infractions import (
    Actor,
    Credential,
    EvidenceFile,
    Imported,
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
from banstream_contracts.policies import AtOnce, AutomaticBan, Policy, PolicyVersion, Thresholds
from banstream_contracts.queries import infractions as queries

EVENT_ID = UUID("01948f6e-7a00-7c3e-8a51-5b7e4f9d2c10")
POSITION = 4711

COMMAND_ID = UUID("01948f6e-79f0-7d42-9c0b-2f6a1e8b7d33")
TRACE_ID = UUID("4bf92f35-77b3-4da6-a3ce-929d0e0e4736")
AT = datetime(2025, 1, 22, 20, 15, 30, 250000, UTC)
LATER = datetime(2025, 1, 23, 20, 15, 30, 250000, UTC)
INFRACTION_ID = "01948f6e79f0a1b2c3d4e5f6"
TIERING_POLICY_ID = "01948a000000000000007131"
IMPORT_ID = "01948b00000000000000ca11"
SERVER_ID = "01948a00000000000000beef"
FINGERPRINT = "5e" * 32
KEY_HASH = "c0" * 32
ADDRESS_HASH = "ad" * 32
SEALED = "c2VhbGVkLWZvci1pbmZyYWN0aW9ucw"
PUNISHMENTS = (Punishment.BAN, Punishment.VOICE_BLOCK)

player = Player(service="roblox", id="156")
exempt = Player(service="roblox", id="157")
actor = Actor(kind="token", id="01948a00000000000000cafe", name="Discord bot", admin=Player(service="roblox", id="158"))
occurred: dict[str, Any] = {"actor": actor, "occurred_at": AT}
about: dict[str, Any] = {"infraction_id": INFRACTION_ID, "player": player, "address_hash": ADDRESS_HASH}
where: dict[str, Any] = {"scope": Scope.SERVER, "server_id": SERVER_ID}
asked: dict[str, Any] = {
    "command_id": COMMAND_ID,
    "issued_at": AT,
    "actor": actor,
    "correlation_id": TRACE_ID,
    "fingerprint": FINGERPRINT,
}
offence: dict[str, Any] = {
    "player_name": "builderman",
    "punishments": PUNISHMENTS,
    "lifetime": Lifetime.TIMED,
    "duration_seconds": 86_400,
    "reason": "aimbot",
    "note": "seen twice, see the ticket",
    "scope": Scope.SERVER,
    "server_id": SERVER_ID,
    "category": "aimbot",
    "severity": Severity.HIGH,
    "evidence": "demo 12 at 03:20",
}
tiered: dict[str, Any] = {"tiering_policy_id": TIERING_POLICY_ID, "tier": 1}
changes = commands.InfractionChanges(
    reason="aimbot and wallhack",
    note="second witness",
    duration_seconds=172_800,
    punishments=PUNISHMENTS,
    scope=Scope.COMMUNITY,
    category="wallhack",
    severity=Severity.CRITICAL,
    evidence="demo 13 at 00:10",
    lifetime=Lifetime.ONLINE,
    time_left_seconds=86_400,
    server_id=SERVER_ID,
    tiering_policy_id=TIERING_POLICY_ID,
    address_expires_at=LATER,
    exempt=(exempt,),
)
credential_shape: dict[str, Any] = {
    "kind": "server",
    "name": "EU 1",
    "scopes": ("check", "report", "punish"),
    "key_hash": KEY_HASH,
    "game": "tf",
    "expires_at": LATER,
    "review": True,
}
FILE_HASH = "f1" * 32
evidence_file = EvidenceFile(
    sha256=FILE_HASH,
    media_type="image/png",
    size=48_213,
    name="scoreboard.png",
    attached_at=AT,
    attached_by=actor,
)
origin: dict[str, Any] = {"import_id": IMPORT_ID, "source": "sourcebans", "row": "ban:1871", "digest": FINGERPRINT}
infraction = Infraction(
    id=INFRACTION_ID,
    player=player,
    address_hash=ADDRESS_HASH,
    address_expires_at=LATER,
    issuer=actor,
    issued_at=AT,
    expires_at=LATER,
    time_left_seconds=600,
    status=Status.LIFTED,
    ended_at=LATER,
    ended_by=actor,
    ended_reason="appeal granted",
    exempt=(exempt,),
    last_served_at=LATER,
    policy_id="default",
    appeal_code_renewals=1,
    files=(evidence_file,),
    imported=Imported(at=AT, by=actor, position=POSITION, is_undone=True, **origin),
    position=POSITION,
    **tiered,
    **offence,
)
standing = Standing(
    position=POSITION,
    restrictions=(
        Restriction(
            infraction_id=INFRACTION_ID,
            punishments=PUNISHMENTS,
            lifetime=Lifetime.TIMED,
            reason="aimbot",
            scope=Scope.SERVER,
            server_id=SERVER_ID,
            expires_at=LATER,
            time_left_seconds=600,
            issuer_name="Discord bot",
            appeal_code_renewals=1,
            exempt=(exempt,),
        ),
    ),
)
credential = Credential(
    id=SERVER_ID,
    created_at=AT,
    created_by=actor,
    revoked_at=LATER,
    position=POSITION,
    **credential_shape,
)
INCIDENT_ID = UUID("7d0c1f0e-5b1d-5a3c-9f57-2e1f0a9b8c7d")
REQUEST_ID = "01948f6e79f0aaaabbbbcccc"
assigned: dict[str, Any] = {"assignee": "Alice", "assignee_id": account_id("alice")}
details = {"detectedSpeed": 100, "maxAllowedSpeed": 16}
incident = Incident(
    incident_id=INCIDENT_ID,
    reported_id="2d0d5ad5-6c3e-44e4-9b43-0d9be5c1f1f4",
    player=player,
    player_name="builderman",
    reason="speed_hack",
    details=details,
    session_id="job-1",
    occurred_at=AT,
    severity=Severity.CRITICAL,
    mode=Mode.ACT,
    summary="23 studs in 0.1 s",
)
series: dict[str, Any] = {
    "count": 10,
    "first_at": AT,
    "last_at": LATER,
    "counted": (Counted(at=LATER, reason="speed_hack"),),
    "counted_at": {"speed_hack": LATER},
    "reached": (Threshold.WARN, Threshold.KICK, Threshold.BAN),
    "banned_for": (Severity.HIGH, Severity.CRITICAL),
    "asked": REQUEST_ID,
}
sure = Count(**{**series, "count": 6}, since=AT, earlier=Series(**series))
counter = Counter(**series, since=AT, earlier=Series(**series), sure=sure, under_review=4)
abuse = PlayerAbuse(
    player=player,
    total=12,
    first_at=AT,
    last_at=LATER,
    is_protected=True,
    protected_reason="streamer, reports are checked by hand",
    counters={"default": counter},
)
policy = PolicyVersion(
    policy_id="strict",
    version=3,
    policy=Policy(
        name="Strict",
        servers=(SERVER_ID,),
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
        severities={Severity.HIGH: AtOnce(ban_duration_seconds=2_592_000, review=True)},
    ),
)
ban = AutomaticBan(
    infraction_id=INFRACTION_ID, duration_seconds=604_800, scope=Scope.GLOBAL, reason="speed_hack (10 incidents)"
)
record = AbuseRecord(
    incident_id=INCIDENT_ID,
    reason="speed_hack",
    occurred_at=AT,
    recorded_at=LATER,
    details=details,
    session_id="job-1",
    server_id=SERVER_ID,
    policy_id="strict",
    weight=1,
    counted=1,
    dismissed=True,
    under_review=True,
    severity=Severity.CRITICAL,
    mode=Mode.ACT,
    summary="23 studs in 0.1 s",
)
request = queries.ReviewRequest(
    id=REQUEST_ID,
    player=player,
    reason="speed_hack (10 incidents)",
    server_id=SERVER_ID,
    incident_id=INCIDENT_ID,
    suggested=ban,
    wanted="punish",
    player_name="Griefer",
    address_hash=ADDRESS_HASH,
    opened_at=AT,
    opened_by=actor,
    status="rejected",
    **assigned,
    comment_count=1,
    comments=(queries.RequestComment(note="the replay shows lag", by=actor, at=AT),),
    decided_by=actor,
    decided_at=LATER,
    decided_reason="lag, no cheat",
    infraction_ids=(INFRACTION_ID,),
    position=POSITION,
)
opened: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "player": player,
    "reason": "speed_hack (10 incidents)",
    "server_id": SERVER_ID,
    "incident_id": INCIDENT_ID,
    "suggested": ban,
    "wanted": "punish",
    "player_name": "Griefer",
    "sealed_name": SEALED,
}
message: dict[str, Any] = {
    "message_id": INFRACTION_ID,
    "text": "The server restarts in five minutes.",
    "server_id": SERVER_ID,
    "player": player,
}
taken_out: dict[str, Any] = {
    "player": player,
    "incident_ids": (INCIDENT_ID,),
    "reason": "teleport pad",
    "counters": {"strict": counter},
    "total": 12,
    "first_at": AT,
    "last_at": LATER,
}
cursor = "NDcxMQ"
