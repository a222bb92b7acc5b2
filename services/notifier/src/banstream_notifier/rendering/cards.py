"""What a message shows of an infraction, folded over its events. Pure."""

from datetime import datetime
from typing import Literal, assert_never

from pydantic import AwareDatetime, BaseModel, ConfigDict

from banstream_contracts.events.infractions import (
    AnyInfractionEvent,
    InfractionAmended,
    InfractionExpired,
    InfractionLifted,
    InfractionReinstated,
    InfractionServed,
    OffenceEvent,
)
from banstream_contracts.infractions import Actor, Lifetime, Punishments, Scope, Severity

State = Literal["issued", "amended", "lifted", "reduced", "reinstated", "expired"]


class Card(BaseModel):
    """All that is known of an infraction from the events that a target was told.

    `state` is what happened last, `changed_…` who did it, when and why; None of one that was only issued.
    `exempt` is how many players are, where that is what has changed.
    """

    model_config = ConfigDict(frozen=True)

    infraction_id: str
    state: State
    player: str | None = None
    player_name: str | None = None
    is_address: bool = False
    punishments: Punishments | None = None
    ended: Punishments = ()
    exempt: int | None = None
    lifetime: Lifetime | None = None
    duration_seconds: int | None = None
    expires_at: AwareDatetime | None = None
    reason: str | None = None
    category: str | None = None
    severity: Severity | None = None
    evidence: str | None = None
    scope: Scope | None = None
    server_id: str | None = None
    issuer: Actor | None = None
    issued_at: AwareDatetime | None = None
    changed_by: Actor | None = None
    changed_at: AwareDatetime | None = None
    changed_reason: str | None = None

    @property
    def at(self) -> datetime | None:
        """When the last thing happened."""
        return self.changed_at or self.issued_at


def fold(card: Card | None, event: AnyInfractionEvent) -> Card:
    """The card after an event; of an infraction that was never shown, what the event itself says."""
    if isinstance(event, OffenceEvent):
        return _issued(event)
    base = card or _of_change(event)
    if isinstance(event, InfractionServed):
        return base
    changed = {"changed_by": event.actor, "changed_at": event.occurred_at}
    match event:
        case InfractionAmended():
            return _amended(base.model_copy(update={**changed, "state": "amended", "changed_reason": None}), event)
        case InfractionLifted():
            state: State = "lifted" if event.ended else "reduced"
            ended = {"punishments": event.punishments if event.ended else event.remaining, "ended": event.punishments}
            return base.model_copy(update={**changed, **ended, "state": state, "changed_reason": event.reason})
        case InfractionReinstated():
            again = {"punishments": event.punishments, "ended": (), "state": "reinstated"}
            return base.model_copy(update={**changed, **again, "changed_reason": event.reason})
        case InfractionExpired():
            ended = {"punishments": event.punishments, "ended": event.punishments}
            return base.model_copy(update={**changed, **ended, "state": "expired", "changed_reason": None})
        case _:
            assert_never(event)


def _issued(event: OffenceEvent) -> Card:
    return Card(
        infraction_id=event.infraction_id,
        state="issued",
        player=str(event.player) if event.player else None,
        player_name=event.player_name,
        is_address=event.player is None,
        punishments=event.punishments,
        lifetime=event.lifetime,
        duration_seconds=event.duration_seconds,
        expires_at=event.expires_at,
        reason=event.reason,
        category=event.category,
        severity=event.severity,
        evidence=event.evidence,
        scope=event.scope,
        server_id=event.server_id,
        issuer=event.actor,
        issued_at=event.occurred_at,
    )


def _of_change(event: AnyInfractionEvent) -> Card:
    return Card(
        infraction_id=event.infraction_id,
        state="amended",
        player=str(event.player) if event.player else None,
        is_address=event.player is None,
        scope=event.scope,
        server_id=event.server_id,
    )


def _amended(card: Card, event: InfractionAmended) -> Card:
    """A field that was set is shown as it is now, one that was set to null is not shown any more.

    A reason and punishments an infraction always has: null leaves them.
    """
    changes = event.changes
    shown = {name: getattr(changes, name) for name in changes.model_fields_set & {"category", "severity", "evidence"}}
    shown |= {name: value for name in ("reason", "punishments") if (value := getattr(changes, name)) is not None}
    duration = {}
    if "duration_seconds" in event.changes.model_fields_set or event.lifetime is not card.lifetime:
        duration = {"duration_seconds": event.changes.duration_seconds}
    if event.lifetime is Lifetime.ONLINE and event.changes.model_fields_set & {"lifetime", "time_left_seconds"}:
        duration = {"duration_seconds": event.time_left_seconds}
    return card.model_copy(
        update={
            **shown,
            **duration,
            "lifetime": event.lifetime,
            "expires_at": event.expires_at,
            "scope": event.scope or card.scope,
            "server_id": event.server_id,
            "ended": event.removed,
            "exempt": len(changes.exempt or ()) if "exempt" in changes.model_fields_set else None,
        }
    )
