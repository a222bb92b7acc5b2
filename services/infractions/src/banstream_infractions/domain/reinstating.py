"""Decisions on putting back in force what has ended. Pure."""

from datetime import datetime

from banstream_contracts.commands.infractions import AmendInfraction, ReinstateInfraction
from banstream_contracts.events.infractions import InfractionReinstated
from banstream_contracts.infractions import Infraction, Status
from banstream_infractions.domain.amending import amend
from banstream_infractions.domain.evolution import evolve
from banstream_infractions.domain.lifting import not_theirs
from banstream_infractions.domain.reach import changed_since, holds_elsewhere, of_another_server, unknown
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.restricting import has_passed
from banstream_infractions.domain.rights import Authority, spared


def reinstate(
    command: ReinstateInfraction, record: Record, now: datetime, authority: Authority, context: Context
) -> Decision:
    """Put an infraction back in force, changed where that is asked for, unless its end has passed all the same.

    One that has not ended is changed only.
    """
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    if infraction.status is Status.ACTIVE and authority.may_edit(infraction):
        return _amended(command, record, authority, context)
    if refusal := _refusal(command, infraction, record, authority, context):
        return refusal
    reinstated = _reinstated(command, infraction)
    active = evolve(record, reinstated, infraction.position)
    amended = _amended(command, active, authority, context)
    if amended.refusal:
        return amended
    for event in amended.events:
        active = evolve(active, event, infraction.position)
    if _is_over(active.infractions[infraction.id], now):
        return _over(infraction)
    if command.changes is None:
        as_imported = command.as_imported and infraction.imported is not None
        reinstated = reinstated.model_copy(update={"as_imported": as_imported})
    return Decision((reinstated, *amended.events), touched=(infraction.id,))


def _refusal(
    command: ReinstateInfraction, infraction: Infraction, record: Record, authority: Authority, context: Context
) -> Decision | None:
    if not authority.may_edit(infraction):
        return not_theirs(infraction, authority)
    if changed := changed_since(infraction, command, record):
        return changed
    if infraction.status is Status.EXPIRED and command.changes is None:
        return _over(infraction)
    if holds_elsewhere(infraction, command):
        return of_another_server(infraction)
    return spared(authority, infraction.player, context)


def _amended(command: ReinstateInfraction, record: Record, authority: Authority, context: Context) -> Decision:
    """The changes of an infraction that is active by now."""
    if command.changes is None:
        return Decision(touched=(command.infraction_id,))
    asked = AmendInfraction(
        command_id=command.command_id,
        issued_at=command.issued_at,
        actor=command.actor,
        correlation_id=command.correlation_id,
        infraction_id=command.infraction_id,
        seen_position=command.seen_position,
        as_imported=command.as_imported,
        changes=command.changes,
    )
    return amend(asked, record, authority, context)


def _reinstated(command: ReinstateInfraction, infraction: Infraction) -> InfractionReinstated:
    return InfractionReinstated(
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


def _is_over(infraction: Infraction, now: datetime) -> bool:
    return infraction.status is not Status.ACTIVE or has_passed(infraction, now)


def _over(infraction: Infraction) -> Decision:
    return refused("not-lifted", "the infraction has reached its end; issue a new one", infraction)
