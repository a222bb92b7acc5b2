"""Decisions on infractions: what a command makes of a record. Pure: time and ids are arguments."""

from datetime import datetime, timedelta
from typing import assert_never

from banstream_contracts.commands import (
    AmendInfraction,
    AnyCommand,
    CreateCredential,
    IssueInfraction,
    LiftInfraction,
    LiftRestrictions,
    OpenRequest,
    ReinstateInfraction,
    RequestKick,
    RevokeCredential,
    RotateCredential,
    SendMessage,
)
from banstream_contracts.events import (
    InfractionAmended,
    InfractionExpired,
    InfractionIssued,
    InfractionLifted,
    InfractionReinstated,
)
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Punishments, Scope, Status
from banstream_infractions.credentials import decide_credential
from banstream_infractions.record import Decision, Record, amended, refused
from banstream_infractions.requests import decide_request

EXPIRY = Actor(kind="system", id="expiry")


def decide(command: AnyCommand, record: Record, now: datetime) -> Decision:
    """What a command makes of a record. The same command on what it made yields no event."""
    match command:
        case IssueInfraction():
            return _issue(command, record, now)
        case AmendInfraction():
            return _amend(command, record)
        case LiftInfraction():
            return _lift(command, record)
        case LiftRestrictions():
            return _lift_restrictions(command, record, now)
        case ReinstateInfraction():
            return _reinstate(command, record, now)
        case CreateCredential() | RotateCredential() | RevokeCredential():
            return decide_credential(command, record)
        case OpenRequest() | SendMessage() | RequestKick():
            return decide_request(command, record)
        case _:
            assert_never(command)


def expire(record: Record, now: datetime) -> Decision:
    """End what has reached its end."""
    due = tuple(
        infraction
        for infraction in record.infractions.values()
        if infraction.status is Status.ACTIVE
        and infraction.lifetime is Lifetime.TIMED
        and infraction.expires_at is not None
        and infraction.expires_at <= now
    )
    events = tuple(
        InfractionExpired(
            infraction_id=infraction.id,
            player=infraction.player,
            address_hash=infraction.address_hash,
            scope=infraction.scope,
            server_id=infraction.server_id,
            punishments=infraction.punishments,
            actor=EXPIRY,
            occurred_at=infraction.expires_at or now,
        )
        for infraction in due
    )
    return Decision(events, touched=tuple(infraction.id for infraction in due))


def _issue(command: IssueInfraction, record: Record, now: datetime) -> Decision:
    if command.infraction_id in record.infractions:
        return Decision(touched=(command.infraction_id,))
    if command.unless_in_force and (same := _same_in_force(command, record, now)):
        return Decision(touched=(same.id,))
    issued = InfractionIssued(
        infraction_id=command.infraction_id,
        player=command.player,
        address_hash=command.address.hash if command.address else None,
        player_name=command.player_name,
        sealed_name=command.sealed_name,
        sealed_address=command.address.sealed if command.address else None,
        punishments=command.punishments,
        lifetime=command.lifetime,
        duration_seconds=command.duration_seconds,
        expires_at=_end(command.lifetime, command.issued_at, command.duration_seconds),
        reason=command.reason,
        note=command.note,
        scope=command.scope,
        server_id=command.server_id,
        category=command.category,
        severity=command.severity,
        evidence=command.evidence,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((issued,), touched=(command.infraction_id,))


def _same_in_force(command: IssueInfraction, record: Record, now: datetime) -> Infraction | None:
    wanted = (command.punishments, command.lifetime, command.scope, command.server_id, command.reason)
    for infraction in record.infractions.values():
        have = (
            infraction.punishments,
            infraction.lifetime,
            infraction.scope,
            infraction.server_id,
            infraction.reason,
        )
        if have == wanted and infraction.is_in_force(now):
            return infraction
    return None


def _amend(command: AmendInfraction, record: Record) -> Decision:
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return _unknown(command.infraction_id)
    if infraction.status is not Status.ACTIVE:
        return refused("ended", "the infraction has ended; reinstate it first or issue a new one", infraction)
    if _is_of_another_server(infraction, command):
        return _of_another_server(infraction)
    changed = command.changes.model_fields_set
    if "punishments" in changed and command.changes.punishments is None:
        return refused("invalid-change", "punishments are a list", infraction)
    if command.changes.scope is Scope.SERVER and infraction.server_id is None:
        return refused("invalid-change", "the scope server needs an infraction that was issued by a server", infraction)
    lifetime, expires_at = infraction.lifetime, infraction.expires_at
    if "duration_seconds" in changed:
        lifetime = Lifetime.TIMED if command.changes.duration_seconds else Lifetime.PERMANENT
        expires_at = _end(lifetime, infraction.issued_at, command.changes.duration_seconds)
    event = InfractionAmended(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=command.changes.scope or infraction.scope,
        server_id=infraction.server_id,
        removed=_removed(infraction, command.changes.punishments),
        changes=command.changes,
        lifetime=lifetime,
        expires_at=expires_at,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    if _content(amended(infraction, event, infraction.position)) == _content(infraction):
        return Decision(touched=(infraction.id,))
    return Decision((event,), touched=(infraction.id,))


def _removed(infraction: Infraction, wanted: Punishments | None) -> Punishments:
    if wanted is None:
        return ()
    return tuple(punishment for punishment in infraction.punishments if punishment not in wanted)


def _lift(command: LiftInfraction, record: Record) -> Decision:
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return _unknown(command.infraction_id)
    if infraction.status is Status.LIFTED:
        return Decision(touched=(infraction.id,))
    if infraction.status is Status.EXPIRED:
        return refused("ended", "the infraction has reached its end", infraction)
    if _is_of_another_server(infraction, command):
        return _of_another_server(infraction)
    lifted = _lifted(infraction, command, infraction.punishments)
    return Decision((lifted,), touched=(infraction.id,))


def _lift_restrictions(command: LiftRestrictions, record: Record, now: datetime) -> Decision:
    events = []
    for infraction in record.infractions.values():
        wanted = tuple(
            punishment
            for punishment in infraction.punishments
            if not command.punishments or punishment in command.punishments
        )
        if (
            wanted
            and infraction.is_in_force(now)
            and (not command.scopes or infraction.scope in command.scopes)
            and _concerns(infraction, command.server_id, include_other_servers=command.include_other_servers)
        ):
            events.append(_lifted(infraction, command, wanted))
    return Decision(tuple(events), touched=tuple(event.infraction_id for event in events))


def _reinstate(command: ReinstateInfraction, record: Record, now: datetime) -> Decision:
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return _unknown(command.infraction_id)
    if infraction.status is Status.ACTIVE:
        return Decision(touched=(infraction.id,))
    if infraction.status is Status.EXPIRED or (infraction.expires_at is not None and infraction.expires_at <= now):
        return refused("not-lifted", "the infraction has reached its end; issue a new one", infraction)
    if _is_of_another_server(infraction, command):
        return _of_another_server(infraction)
    reinstated = InfractionReinstated(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        punishments=infraction.punishments,
        reason=command.reason,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((reinstated,), touched=(infraction.id,))


def _lifted(
    infraction: Infraction, command: LiftInfraction | LiftRestrictions, wanted: Punishments
) -> InfractionLifted:
    remaining = tuple(punishment for punishment in infraction.punishments if punishment not in wanted)
    return InfractionLifted(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        punishments=wanted,
        remaining=remaining,
        ended=not remaining,
        reason=command.reason,
        actor=command.actor,
        occurred_at=command.issued_at,
    )


def _concerns(infraction: Infraction, server_id: str | None, *, include_other_servers: bool) -> bool:
    """Whether an infraction binds the asking server (facts gflbans 2.2); without one, every infraction counts."""
    if server_id is None or infraction.server_id == server_id:
        return True
    match infraction.scope:
        case Scope.COMMUNITY:
            return True
        case Scope.GLOBAL:
            return include_other_servers
        case Scope.SERVER:
            return False


def _is_of_another_server(
    infraction: Infraction, command: AmendInfraction | LiftInfraction | ReinstateInfraction
) -> bool:
    """Whether a server asks about what holds on another one only; tokens and people may touch everything."""
    return command.actor.kind == "server" and not _concerns(infraction, command.actor.id, include_other_servers=True)


def _of_another_server(infraction: Infraction) -> Decision:
    return refused("other-server", "the infraction holds on another server only", infraction)


def _end(lifetime: Lifetime, start: datetime, duration_seconds: int | None) -> datetime | None:
    if lifetime is not Lifetime.TIMED or duration_seconds is None:
        return None
    return start + timedelta(seconds=duration_seconds)


def _content(infraction: Infraction) -> Infraction:
    return infraction.model_copy(update={"position": 0})


def _unknown(infraction_id: str) -> Decision:
    return refused("unknown-infraction", f"no infraction has the id {infraction_id}")
