"""An infraction as it begins, here or in another system. Pure."""

from typing import Any

from banstream_contracts.checked import of_checked
from banstream_contracts.events.infractions import InfractionImported, InfractionIssued, OffenceEvent
from banstream_contracts.infractions import Actor, Imported, Infraction, Lifetime, Status


def begun(event: InfractionIssued | InfractionImported, position: int) -> Infraction:
    """The infraction by the event that it begins with, or comes again with."""
    return _issued(event, position) if isinstance(event, InfractionIssued) else _imported(event, position)


def _issued(event: InfractionIssued, position: int) -> Infraction:
    return of_checked(
        Infraction,
        **_offence(event),
        issuer=event.actor,
        issued_at=event.occurred_at,
        time_left_seconds=event.duration_seconds if event.lifetime is Lifetime.ONLINE else None,
        tiering_policy_id=event.tiering_policy_id,
        tier=event.tier,
        policy_id=event.policy_id,
        position=position,
    )


def _imported(event: InfractionImported, position: int) -> Infraction:
    """As it stands in the other system: what was over there never was in force here."""
    imported = Imported(
        import_id=event.import_id,
        source=event.source,
        row=event.row,
        digest=event.digest,
        at=event.occurred_at,
        by=event.actor,
        position=position,
    )
    infraction = of_checked(
        Infraction,
        **_offence(event),
        issuer=_there(event, event.issued_by),
        issued_at=event.issued_at,
        imported=imported,
        position=position,
    )
    if event.lifted:
        ending = {"ended_at": event.lifted.at or event.occurred_at, "ended_by": _there(event, event.lifted.by)}
        ended = {"status": Status.LIFTED, "ended_reason": event.lifted.reason, **ending}
    elif event.expires_at and event.expires_at <= event.occurred_at:
        ended = {"status": Status.EXPIRED, "ended_at": event.expires_at}
    else:
        return infraction
    return infraction.model_copy(update=ended)


def _there(event: InfractionImported, name: str | None) -> Actor:
    """Who did it in the other system, by name only: whoever imports it answers for it here."""
    return event.actor if name is None else event.actor.model_copy(update={"name": name, "admin": None})


def _offence(event: OffenceEvent) -> dict[str, Any]:
    return {
        "id": event.infraction_id,
        "player": event.player,
        "player_name": event.player_name,
        "address_hash": event.address_hash,
        "address_expires_at": event.address_expires_at,
        "punishments": event.punishments,
        "lifetime": event.lifetime,
        "duration_seconds": event.duration_seconds,
        "reason": event.reason,
        "note": event.note,
        "scope": event.scope,
        "server_id": event.server_id,
        "category": event.category,
        "severity": event.severity,
        "evidence": event.evidence,
        "expires_at": event.expires_at,
    }
