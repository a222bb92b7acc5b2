"""What one stream of the log says: state, evolve, fold. Pure.

The state is the contract's own frozen `Infraction`: what is decided on is what is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from banstream_contracts.events import (
    AnyCredentialEvent,
    AnyEvent,
    AnyInfractionEvent,
    CredentialCreated,
    CredentialRevoked,
    CredentialRotated,
    InfractionAmended,
    InfractionExpired,
    InfractionIssued,
    InfractionLifted,
    InfractionReinstated,
    KickRequested,
    MessageSent,
    RequestOpened,
)
from banstream_contracts.infractions import Credential, Infraction, Lifetime, Status
from banstream_contracts.queries import ReviewRequest
from banstream_contracts.results import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Record:
    """What one stream of the log says: the infractions of a player or address by id, one credential, or one request."""

    infractions: Mapping[str, Infraction] = field(default_factory=dict)
    credential: Credential | None = None
    request: ReviewRequest | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The events of one command, or why there are none; `touched` are the infractions its answer shows."""

    events: tuple[AnyEvent, ...] = ()
    refusal: Refusal | None = None
    touched: tuple[str, ...] = ()


def evolve(record: Record, event: AnyEvent, position: int) -> Record:
    """Record what happened; checks no rules."""
    match event:
        case CredentialCreated() | CredentialRotated() | CredentialRevoked():
            return replace(record, credential=evolve_credential(record.credential, event, position))
        case RequestOpened():
            return replace(record, request=opened(event, position))
        case MessageSent() | KickRequested():
            return record
        case _:
            infraction = evolve_infraction(record.infractions.get(event.infraction_id), event, position)
            return replace(record, infractions={**record.infractions, event.infraction_id: infraction})


def fold(events: Iterable[tuple[AnyEvent, int]]) -> Record:
    """The record that events, each with its log position, make."""
    record = Record()
    for event, position in events:
        record = evolve(record, event, position)
    return record


def evolve_infraction(
    infraction: Infraction | None,
    event: AnyInfractionEvent,
    position: int,
) -> Infraction:
    """The infraction after an event of it."""
    if isinstance(event, InfractionIssued):
        return _issued(event, position)
    if infraction is None:
        raise LookupError(f"{event.type} of an infraction that was never issued: {event.infraction_id}")
    match event:
        case InfractionAmended():
            return amended(infraction, event, position)
        case InfractionLifted(ended=False):
            return infraction.model_copy(update={"punishments": event.remaining, "position": position})
        case InfractionLifted():
            return _ended(infraction, Status.LIFTED, event, position, event.reason)
        case InfractionReinstated():
            active = {"status": Status.ACTIVE, "punishments": event.punishments, "position": position}
            return infraction.model_copy(
                update={**active, "ended_at": None, "ended_by": None, "ended_reason": None},
            )
        case InfractionExpired():
            return _ended(infraction, Status.EXPIRED, event, position, None)
        case _:
            assert_never(event)


def evolve_credential(
    credential: Credential | None,
    event: AnyCredentialEvent,
    position: int,
) -> Credential:
    """The credential after an event of it."""
    if isinstance(event, CredentialCreated):
        return Credential(
            id=event.credential_id,
            kind=event.kind,
            name=event.name,
            scopes=event.scopes,
            key_hash=event.key_hash,
            game=event.game,
            created_at=event.occurred_at,
            created_by=event.actor,
            expires_at=event.expires_at,
            position=position,
        )
    if credential is None:
        raise LookupError(f"{event.type} of a credential that was never created: {event.credential_id}")
    match event:
        case CredentialRotated():
            return credential.model_copy(update={"key_hash": event.key_hash, "position": position})
        case CredentialRevoked():
            return credential.model_copy(update={"revoked_at": event.occurred_at, "position": position})
        case _:
            assert_never(event)


def opened(event: RequestOpened, position: int) -> ReviewRequest:
    """The request as it was opened."""
    return ReviewRequest(
        id=event.request_id,
        player=event.player,
        reason=event.reason,
        server_id=event.server_id,
        incident_id=event.incident_id,
        suggested=event.suggested,
        opened_at=event.occurred_at,
        opened_by=event.actor,
        position=position,
    )


def _issued(event: InfractionIssued, position: int) -> Infraction:
    return Infraction(
        id=event.infraction_id,
        player=event.player,
        player_name=event.player_name,
        address_hash=event.address_hash,
        punishments=event.punishments,
        lifetime=event.lifetime,
        duration_seconds=event.duration_seconds,
        reason=event.reason,
        note=event.note,
        scope=event.scope,
        server_id=event.server_id,
        category=event.category,
        severity=event.severity,
        evidence=event.evidence,
        issuer=event.actor,
        issued_at=event.occurred_at,
        expires_at=event.expires_at,
        time_left_seconds=event.duration_seconds if event.lifetime is Lifetime.ONLINE else None,
        position=position,
    )


def amended(infraction: Infraction, event: InfractionAmended, position: int) -> Infraction:
    """The infraction with the fields that the amendment names."""
    changed = {name: getattr(event.changes, name) for name in event.changes.model_fields_set}
    return infraction.model_copy(
        update={
            **{name: value for name, value in changed.items() if value is not None or name in _NULLABLE},
            "lifetime": event.lifetime,
            "expires_at": event.expires_at,
            "position": position,
        }
    )


_NULLABLE = {"note", "duration_seconds", "category", "severity", "evidence"}
"""Fields that an amendment may take away; a null reason, scope or list of punishments changes nothing."""


def _ended(
    infraction: Infraction,
    status: Status,
    event: InfractionLifted | InfractionExpired,
    position: int,
    reason: str | None,
) -> Infraction:
    return infraction.model_copy(
        update={
            "status": status,
            "ended_at": event.occurred_at,
            "ended_by": event.actor,
            "ended_reason": reason,
            "position": position,
        }
    )


def refused(code: RefusalCode, message: str, infraction: Infraction | None = None) -> Decision:
    """A decision against."""
    return Decision(refusal=Refusal(code=code, message=message), touched=(infraction.id,) if infraction else ())
