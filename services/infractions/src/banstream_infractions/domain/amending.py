"""Decisions on changing an infraction (facts gflbans 2.6). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges
from banstream_contracts.events.infractions import InfractionAmended
from banstream_contracts.infractions import (
    MAX_DURATION_SECONDS,
    Infraction,
    Lifetime,
    Punishment,
    Punishments,
    Scope,
    Status,
    ordered,
)
from banstream_infractions.domain.address_ages import ageless
from banstream_infractions.domain.infraction_states import amended
from banstream_infractions.domain.issuing import contradiction_of, end_of
from banstream_infractions.domain.lifting import not_theirs
from banstream_infractions.domain.reach import changed_since, holds_elsewhere, of_another_server, unknown
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority, rights_to_hold, spared
from banstream_infractions.domain.serving import expired
from banstream_infractions.domain.tiering import tiering_stream

WIDTH = {Scope.SERVER: 0, Scope.GLOBAL: 1, Scope.COMMUNITY: 2}
"""The greater, the more servers a scope holds on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an infraction ends after a change."""

    lifetime: Lifetime
    expires_at: datetime | None = None
    time_left_seconds: int | None = None


class ImpossibleChange(Exception):
    """The change contradicts itself or the infraction; the message says how."""


def amend(command: AmendInfraction, record: Record, authority: Authority, context: Context) -> Decision:
    """Change what is named; an infraction that has nothing left to serve ends."""
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    if refusal := _refusal(command, infraction, authority, context):
        return refusal
    changes = _with_untouchable(command.changes, infraction, authority)
    try:
        ending = _ending(infraction, changes)
        _check(infraction, changes, ending)
        _check_address(infraction, changes, command.issued_at)
    except ImpossibleChange as impossible:
        return refused("invalid-change", str(impossible), infraction)
    event = _amended_event(command, infraction, changes, ending)
    changed = amended(infraction, event, infraction.position)
    if _content(changed) == _content(infraction):
        return Decision(touched=(infraction.id,))
    if refusal := changed_since(infraction, command, record):
        return refusal
    if _punishes_more(infraction, changed) and (immune := spared(authority, infraction.player, context)):
        return immune
    served = changed.lifetime is Lifetime.ONLINE and not changed.time_left_seconds
    ended = (expired(changed, command.issued_at),) if served else ()
    return Decision((event, *ended), touched=(infraction.id,))


def _refusal(
    command: AmendInfraction, infraction: Infraction, authority: Authority, context: Context
) -> Decision | None:
    if not authority.may_edit(infraction):
        return not_theirs(infraction, authority)
    if infraction.status is Status.LIFTED:
        return refused("ended", "the infraction was lifted; reinstate it first or issue a new one", infraction)
    if infraction.status is Status.EXPIRED:
        return refused("ended", "the infraction has reached its end; issue a new one", infraction)
    if holds_elsewhere(infraction, command):
        return of_another_server(infraction)
    changes = command.changes
    policy_id = changes.tiering_policy_id
    if policy_id is not None and not _exists(policy_id, context):
        return refused("unknown-tiering-policy", f"no tiering policy has the id {policy_id}", infraction)
    moved = "server_id" in changes.model_fields_set and changes.server_id != infraction.server_id
    if moved and command.actor.kind == "server" and authority.admin is None:
        return refused("insufficient-rights", "a server may not give an infraction to another server", infraction)
    widened = changes.scope if changes.scope is not infraction.scope else None
    return authority.lacking([*rights_to_hold(widened), *([Right.ASSIGN_SERVER] if moved else [])])


def _exists(policy_id: str, context: Context) -> bool:
    record = context.get(tiering_stream(policy_id))
    return record is not None and record.tiering_policy is not None


def _with_untouchable(changes: InfractionChanges, infraction: Infraction, authority: Authority) -> InfractionChanges:
    """The changes, but for punishments that the admin may neither give nor take: those stay as they are."""
    if changes.punishments is None:
        return changes
    wanted = tuple(
        punishment
        for punishment in Punishment
        if punishment in (changes.punishments if authority.may(Right(punishment.value)) else infraction.punishments)
    )
    return changes.model_copy(update={"punishments": ordered(wanted)})


def _ending(infraction: Infraction, changes: InfractionChanges) -> Ending:
    """How it ends now. Raises ImpossibleChange where the change names two ends or none."""
    sent = "duration_seconds" in changes.model_fields_set
    lifetime = changes.lifetime
    if lifetime is None and changes.time_left_seconds is not None:
        lifetime = Lifetime.ONLINE
    elif lifetime is None and sent:
        lifetime = Lifetime.TIMED if changes.duration_seconds else Lifetime.PERMANENT
    match lifetime:
        case None:
            return Ending(infraction.lifetime, infraction.expires_at, infraction.time_left_seconds)
        case Lifetime.PERMANENT | Lifetime.SESSION:
            if changes.duration_seconds is not None or changes.time_left_seconds is not None:
                raise ImpossibleChange(f"the lifetime {lifetime.value} has neither duration nor time left")
            return Ending(lifetime)
        case Lifetime.TIMED:
            return _timed(infraction, changes, changes.duration_seconds if sent else infraction.duration_seconds)
        case Lifetime.ONLINE:
            return Ending(lifetime, time_left_seconds=_time_left(infraction, changes))


def _timed(infraction: Infraction, changes: InfractionChanges, duration_seconds: int | None) -> Ending:
    if changes.time_left_seconds is not None:
        raise ImpossibleChange("time_left_seconds is of the lifetime online; send duration_seconds or that, not both")
    if duration_seconds is None:
        raise ImpossibleChange("the lifetime timed needs duration_seconds")
    return Ending(Lifetime.TIMED, expires_at=end_of(Lifetime.TIMED, infraction.issued_at, duration_seconds))


def _time_left(infraction: Infraction, changes: InfractionChanges) -> int:
    """What is sent, or else the duration that is sent, or else what was left."""
    if changes.time_left_seconds is not None and changes.duration_seconds is not None and changes.lifetime is None:
        raise ImpossibleChange("time_left_seconds is of the lifetime online; send duration_seconds or that, not both")
    for seconds in (changes.time_left_seconds, changes.duration_seconds, infraction.time_left_seconds):
        if seconds is not None:
            return seconds
    raise ImpossibleChange("the lifetime online needs time_left_seconds")


def _check(infraction: Infraction, changes: InfractionChanges, ending: Ending) -> None:
    """Raises ImpossibleChange for what the infraction cannot become; what it already is may stay."""
    if "punishments" in changes.model_fields_set and changes.punishments is None:
        raise ImpossibleChange("punishments are a list")
    server_id = changes.server_id if "server_id" in changes.model_fields_set else infraction.server_id
    if (changes.scope or infraction.scope) is Scope.SERVER and server_id is None:
        raise ImpossibleChange("the scope server needs an infraction that was issued by a server")
    punishments = infraction.punishments if changes.punishments is None else changes.punishments
    is_changed = (punishments, ending.lifetime) != (infraction.punishments, infraction.lifetime)
    if is_changed and (contradiction := contradiction_of(punishments, ending.lifetime)):
        raise ImpossibleChange(contradiction)


def _check_address(infraction: Infraction, changes: InfractionChanges, now: datetime) -> None:
    """Raises ImpossibleChange for an end that the address cannot have."""
    end = changes.address_expires_at
    if end is None:
        return
    if reason := ageless(infraction):
        raise ImpossibleChange(reason)
    if end > now + timedelta(seconds=MAX_DURATION_SECONDS):
        raise ImpossibleChange("address_expires_at is more than 100 years away; null is as long as the infraction")


def _amended_event(
    command: AmendInfraction, infraction: Infraction, changes: InfractionChanges, ending: Ending
) -> InfractionAmended:
    return InfractionAmended(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=changes.scope or infraction.scope,
        server_id=changes.server_id if "server_id" in changes.model_fields_set else infraction.server_id,
        removed=_removed(infraction, changes.punishments),
        changes=changes,
        lifetime=ending.lifetime,
        expires_at=ending.expires_at,
        time_left_seconds=ending.time_left_seconds,
        as_imported=command.as_imported and infraction.imported is not None and changes == command.changes,
        actor=command.actor,
        occurred_at=command.issued_at,
    )


def _removed(infraction: Infraction, wanted: Punishments | None) -> Punishments:
    if wanted is None:
        return ()
    return tuple(punishment for punishment in infraction.punishments if punishment not in wanted)


def _punishes_more(before: Infraction, after: Infraction) -> bool:
    """With another punishment, for longer, or somewhere else."""
    moves = after.server_id != before.server_id or WIDTH[after.scope] > WIDTH[before.scope]
    return moves or not {*after.punishments} <= {*before.punishments} or _lasts(after) > _lasts(before)


def _lasts(infraction: Infraction) -> float:
    """Seconds, of time connected where that is counted."""
    match infraction.lifetime:
        case Lifetime.PERMANENT:
            return inf
        case Lifetime.TIMED:
            return infraction.duration_seconds or 0
        case Lifetime.ONLINE:
            return infraction.time_left_seconds or 0
        case Lifetime.SESSION:
            return 0


def _content(infraction: Infraction) -> Infraction:
    return infraction.model_copy(update={"position": 0, "imported": None})
