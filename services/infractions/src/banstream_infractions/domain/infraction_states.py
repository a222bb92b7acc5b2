"""An infraction as its events make it. Pure; checks no rules."""

from collections.abc import Iterable
from typing import assert_never

from banstream_contracts.events.appeals import AppealCodeRenewed
from banstream_contracts.events.infractions import (
    AnyInfractionEvent,
    InfractionAmended,
    InfractionExpired,
    InfractionLifted,
    InfractionReinstated,
    InfractionServed,
    OffenceEvent,
)
from banstream_contracts.evidence import EvidenceAttached
from banstream_contracts.infractions import (
    EvidenceFile,
    Infraction,
    Lifetime,
    Restriction,
    Standing,
    Status,
)
from banstream_infractions.domain.beginnings import begun
from banstream_infractions.domain.restricting import restricts

_NULLABLE = {
    *("note", "duration_seconds", "category", "severity", "evidence", "server_id", "tiering_policy_id"),
    *("address_expires_at", "exempt"),
}
"""Fields that an amendment may take away; a null reason, scope or list of punishments changes nothing."""


def evolve_infraction(
    infraction: Infraction | None, event: AnyInfractionEvent | AppealCodeRenewed | EvidenceAttached, position: int
) -> Infraction:
    """The infraction after an event of it."""
    if isinstance(event, OffenceEvent):
        return begun(event, position)
    if infraction is None:
        raise LookupError(f"{event.type} of an infraction that was never issued: {event.infraction_id}")
    match event:
        case InfractionAmended():
            return amended(infraction, event, position)
        case InfractionLifted(ended=False):
            return infraction.model_copy(update={"punishments": event.remaining, "position": position})
        case InfractionLifted():
            lifted = _ended(infraction, Status.LIFTED, event, position, event.reason)
            return lifted if event.import_id is None else _as_imported(lifted, is_undone=True)
        case InfractionReinstated():
            return _reinstated(infraction, event, position)
        case InfractionServed():
            served = {"time_left_seconds": event.time_left_seconds, "last_served_at": event.occurred_at}
            return infraction.model_copy(update={**served, "position": position})
        case AppealCodeRenewed() | EvidenceAttached():
            return infraction.model_copy(update={**_added(infraction, event), "position": position})
        case InfractionExpired():
            expired = _ended(infraction, Status.EXPIRED, event, position, None)
            return _as_imported(expired) if infraction.is_as_imported else expired
        case _:
            assert_never(event)


def amended(infraction: Infraction, event: InfractionAmended, position: int) -> Infraction:
    """The infraction with the fields that the amendment names."""
    changes = event.changes
    changed = {name: getattr(changes, name) for name in changes.model_fields_set}
    update = {name: value for name, value in changed.items() if value is not None or name in _NULLABLE}
    update |= {
        "lifetime": event.lifetime,
        "expires_at": event.expires_at,
        "time_left_seconds": _time_left(infraction, event),
        "position": position,
    }
    if "duration_seconds" not in changed and (changes.lifetime or changes.time_left_seconds is not None):
        update["duration_seconds"] = _duration(infraction, event)
    if changed.get("tiering_policy_id", infraction.tiering_policy_id) != infraction.tiering_policy_id:
        update["tier"] = None
    if event.as_imported and infraction.imported:
        update["imported"] = infraction.imported.model_copy(update={"position": position})
    return infraction.model_copy(update=update)


def _time_left(infraction: Infraction, event: InfractionAmended) -> int | None:
    """Amendments of the first release say nothing of it: what was left stays."""
    if event.lifetime is not Lifetime.ONLINE:
        return None
    return infraction.time_left_seconds if event.time_left_seconds is None else event.time_left_seconds


def _duration(infraction: Infraction, event: InfractionAmended) -> int | None:
    """The length it has had since it was given another way to end; never less than what is left of it."""
    match event.lifetime:
        case Lifetime.TIMED:
            return infraction.duration_seconds
        case Lifetime.ONLINE:
            left = event.time_left_seconds or 0
            return max(left, infraction.duration_seconds or 0) if infraction.lifetime is Lifetime.ONLINE else left
        case Lifetime.PERMANENT | Lifetime.SESSION:
            return None


def _reinstated(infraction: Infraction, event: InfractionReinstated, position: int) -> Infraction:
    """In force again: what was taken back with its import is that no more."""
    active = {"status": Status.ACTIVE, "punishments": event.punishments, "position": position}
    again = {"is_undone": False, **({"position": position} if event.as_imported else {})}
    imported = infraction.imported and infraction.imported.model_copy(update=again)
    return infraction.model_copy(
        update={**active, "imported": imported, "ended_at": None, "ended_by": None, "ended_reason": None},
    )


def _as_imported(infraction: Infraction, *, is_undone: bool = False) -> Infraction:
    """Ended with its import, or by time: nobody has decided on it here, and a later import may bring it again."""
    if infraction.imported is None:
        return infraction
    imported = infraction.imported.model_copy(update={"position": infraction.position, "is_undone": is_undone})
    return infraction.model_copy(update={"imported": imported})


def _added(infraction: Infraction, event: AppealCodeRenewed | EvidenceAttached) -> dict[str, object]:
    if isinstance(event, AppealCodeRenewed):
        return {"appeal_code_renewals": event.renewals}
    return {"files": (*(infraction.files or ()), _file_of(event))}


def _file_of(event: EvidenceAttached) -> EvidenceFile:
    """What the infraction has of it."""
    return EvidenceFile(
        sha256=event.sha256,
        media_type=event.media_type,
        size=event.size,
        name=event.file_name,
        attached_at=event.occurred_at,
        attached_by=event.actor,
    )


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


def standing_of(position: int, infractions: Iterable[Infraction]) -> Standing:
    """What those of one player restrict that do by the events so far; those of an address as `at_address` has them."""
    restricting = sorted(filter(restricts, infractions), key=lambda each: each.id)
    return Standing(position=position, restrictions=tuple(_restriction(each) for each in restricting))


def _restriction(infraction: Infraction) -> Restriction:
    return Restriction(
        infraction_id=infraction.id,
        punishments=infraction.punishments,
        lifetime=infraction.lifetime,
        reason=infraction.reason,
        scope=infraction.scope,
        server_id=infraction.server_id,
        expires_at=infraction.expires_at,
        time_left_seconds=infraction.time_left_seconds,
        issuer_name=infraction.issuer.name,
        appeal_code_renewals=infraction.appeal_code_renewals,
        exempt=infraction.exempt,
    )
