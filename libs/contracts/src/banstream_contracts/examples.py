"""One instance of every message with every field set, for golden files and documentation.

People, servers and hashes are invented; addresses and sealed values open for nobody.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from banstream_contracts import commands, events, queries, results
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
_result = results.CommandResult(
    command_id=_COMMAND_ID,
    status="refused",
    position=POSITION,
    refusal=results.Refusal(code="ended", message="the infraction has reached its end"),
    infractions=(_infraction,),
    credential=_credential,
    fingerprint=_FINGERPRINT,
    standings={_player.token: _standing},
)
_cursor = "NDcxMQ"
_lifted = events.InfractionLifted(
    punishments=(Punishment.BAN,),
    remaining=(Punishment.VOICE_BLOCK,),
    ended=False,
    reason="appeal granted",
    **_about,
    **_occurred,
)
_history_entry = queries.HistoryEntry(
    position=POSITION,
    event_id=EVENT_ID,
    type=_lifted.type,
    occurred_at=_AT,
    recorded_at=_AT,
    actor=_actor,
    event=events.published(events.stored(_lifted)),
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
        events.InfractionAmended(changes=_changes, lifetime=Lifetime.TIMED, expires_at=_LATER, **_about, **_occurred),
        _lifted,
        events.InfractionReinstated(punishments=_PUNISHMENTS, reason="appeal withdrawn", **_about, **_occurred),
        events.InfractionExpired(punishments=_PUNISHMENTS, **_about, **_occurred),
        events.CredentialCreated(credential_id=_SERVER_ID, **_credential_shape, **_occurred),
        events.CredentialRotated(credential_id=_SERVER_ID, kind="server", key_hash=_KEY_HASH, **_occurred),
        events.CredentialRevoked(credential_id=_SERVER_ID, kind="server", reason="server closed", **_occurred),
        _result,
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
