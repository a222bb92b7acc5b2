"""Decisions on ending: one infraction, and all that restricts somebody. Pure."""

from datetime import datetime

from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import LiftInfraction, LiftRestrictions
from banstream_contracts.events.infractions import InfractionLifted
from banstream_contracts.infractions import Infraction, Punishments, Status
from banstream_contracts.results import LiftCounts
from banstream_infractions.domain.importing import changed_here
from banstream_infractions.domain.reach import (
    addresses_of,
    changed_since,
    concerns,
    holds_elsewhere,
    is_about,
    of_another_server,
    unknown,
)
from banstream_infractions.domain.record import Context, Decision, Record, infractions_seen, refused
from banstream_infractions.domain.rights import Authority


def lift(command: LiftInfraction, record: Record, authority: Authority) -> Decision:
    """End one infraction."""
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    if not authority.may_edit(infraction):
        return not_theirs(infraction, authority)
    if infraction.status is Status.LIFTED:
        return Decision(touched=(infraction.id,))
    if changed := changed_since(infraction, command, record):
        return changed
    if infraction.status is Status.EXPIRED:
        return refused("ended", "the infraction has reached its end", infraction)
    if command.import_id and not _is_as_brought_by(command.import_id, infraction):
        return changed_here(infraction)
    if holds_elsewhere(infraction, command):
        return of_another_server(infraction)
    lifted = _lifted(infraction, command, infraction.punishments)
    return Decision((lifted,), touched=(infraction.id,))


def lift_restrictions(
    command: LiftRestrictions, record: Record, now: datetime, authority: Authority, context: Context
) -> Decision:
    """Take punishments off whomever the command is about (facts gflbans 2.4, without its two bugs)."""
    if not (authority.may(Right.ISSUE) or authority.may(Right.EDIT_ALL)):
        return authority.lacking([Right.ISSUE]) or Decision()
    seen = infractions_seen(record, context)
    considered = [seen[key] for key in sorted(seen) if _is_meant(seen[key], command, now)]
    named = [
        (infraction, wanted)
        for infraction in considered
        if (wanted := _wanted(infraction, command)) or not command.punishments
    ]
    allowed = [(infraction, wanted) for infraction, wanted in named if authority.may_edit(infraction)]
    events = tuple(_lifted(infraction, command, wanted) for infraction, wanted in allowed)
    return Decision(
        events,
        touched=tuple(event.infraction_id for event in events),
        counts=LiftCounts(considered=len(considered), lifted=len(allowed), kept=len(named) - len(allowed)),
    )


def not_theirs(infraction: Infraction, authority: Authority) -> Decision:
    """The refusal to touch what another admin issued."""
    name = authority.admin.name if authority.admin else "nobody"
    needed = f"{Right.EDIT_ALL.value}, or {Right.ISSUE.value} for their own"
    return refused("insufficient-rights", f"{name} may not edit this infraction: it needs {needed}", infraction)


def _is_as_brought_by(import_id: str, infraction: Infraction) -> bool:
    """Whether nobody has changed it since, and no later import has brought it again."""
    imported = infraction.imported
    return imported is not None and imported.import_id == import_id and infraction.is_as_imported


def _is_meant(infraction: Infraction, command: LiftRestrictions, now: datetime) -> bool:
    return (
        (bool(infraction.punishments) or command.with_warnings)
        and infraction.is_in_force(now)
        and is_about(infraction, command.player, addresses_of(command), now)
        and (not command.scopes or infraction.scope in command.scopes)
        and concerns(infraction, command.server_id, include_other_servers=command.include_other_servers)
    )


def _wanted(infraction: Infraction, command: LiftRestrictions) -> Punishments:
    """Those punishments it has of the ones to be taken off."""
    if not command.punishments:
        return infraction.punishments
    return tuple(punishment for punishment in infraction.punishments if punishment in command.punishments)


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
        import_id=command.import_id if isinstance(command, LiftInfraction) else None,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
