"""Decisions on issuing: a new infraction, unless it is there. Pure."""

from datetime import datetime, timedelta

from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Punishments, Scope
from banstream_infractions.domain.address_ages import after, ageless
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority, may_punish


def issue(command: IssueInfraction, record: Record, now: datetime, authority: Authority, context: Context) -> Decision:
    """Punish or warn; the same infraction, or the very same punishment where asked, happens once."""
    if command.infraction_id in record.infractions:
        return Decision(touched=(command.infraction_id,))
    contradiction = contradiction_of(command.punishments, command.lifetime)
    if contradiction is None and command.address_duration_seconds is not None:
        contradiction = ageless(command)
    if contradiction:
        return refused("invalid-change", contradiction)
    if refusal := may_punish(authority, command.player, command.punishments, command.scope, context):
        return refusal
    if meanwhile := restricted_meanwhile(command, record, now):
        return meanwhile
    if command.unless_in_force and (same := _same_in_force(command, record, now)):
        return Decision(touched=(same.id,))
    if command.unless_banned_since and (ban := _banned_since(command, command.unless_banned_since, record, now)):
        return Decision(touched=(ban.id,))
    issued = InfractionIssued(
        infraction_id=command.infraction_id,
        player=command.player,
        address_hash=command.address.hash if command.address else None,
        player_name=command.player_name,
        sealed_name=command.sealed_name,
        sealed_address=command.address.sealed if command.address else None,
        address_expires_at=after(command.issued_at, command.address_duration_seconds),
        punishments=command.punishments,
        lifetime=command.lifetime,
        duration_seconds=command.duration_seconds,
        expires_at=end_of(command.lifetime, command.issued_at, command.duration_seconds),
        reason=command.reason,
        note=command.note,
        scope=command.scope,
        server_id=command.server_id,
        category=command.category,
        severity=command.severity,
        evidence=command.evidence,
        policy_id=command.policy_id,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((issued,), touched=(command.infraction_id,))


def contradiction_of(punishments: Punishments, lifetime: Lifetime) -> str | None:
    """Why a punishment cannot last that way: whoever is banned is never connected."""
    if Punishment.BAN not in punishments:
        return None
    if lifetime is Lifetime.ONLINE:
        return "a ban cannot count time connected: a banned player never is"
    if lifetime is Lifetime.SESSION:
        return "a ban cannot last for a session: it ends the session"
    return None


def end_of(lifetime: Lifetime, start: datetime, duration_seconds: int | None) -> datetime | None:
    """When an infraction ends that was issued at `start`; None where no time says so."""
    if lifetime is not Lifetime.TIMED or duration_seconds is None:
        return None
    return start + timedelta(seconds=duration_seconds)


def restricted_meanwhile(command: IssueInfraction | IssueByPolicy, record: Record, now: datetime) -> Decision | None:
    """The refusal, where somebody has punished them behind what whoever asks was shown."""
    if command.seen_in_force is None:
        return None
    for infraction in record.infractions.values():
        if infraction.punishments and infraction.is_in_force(now) and infraction.id not in command.seen_in_force:
            return refused(
                "restricted-meanwhile", f"somebody else has punished them meanwhile: {infraction.id}", infraction
            )
    return None


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
        if have == wanted and _is_of_address(command, infraction, now) and infraction.is_in_force(now):
            return infraction
    return None


def _banned_since(command: IssueInfraction, since: datetime, record: Record, now: datetime) -> Infraction | None:
    """The ban of whoever came first, in force where and for as long as the one that is asked for would be."""
    for infraction in record.infractions.values():
        reaches = infraction.scope is Scope.COMMUNITY or (
            infraction.scope is command.scope
            and (command.scope is not Scope.SERVER or infraction.server_id == command.server_id)
        )
        lasts = infraction.lifetime is Lifetime.PERMANENT or (
            command.lifetime is Lifetime.TIMED and (infraction.duration_seconds or 0) >= (command.duration_seconds or 0)
        )
        bans = Punishment.BAN in infraction.punishments and infraction.issued_at >= since
        if bans and reaches and lasts and infraction.is_in_force(now):
            return infraction
    return None


def _is_of_address(command: IssueInfraction, infraction: Infraction, now: datetime) -> bool:
    """Whether the address of a command is banned already; a player has as many as were reported."""
    if command.address is None:
        return True
    return command.address.hash == infraction.address_hash and infraction.holds_address(now)
