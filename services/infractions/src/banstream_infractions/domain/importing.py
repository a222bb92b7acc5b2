"""Decisions on importing: an infraction as it stands in another system, until somebody changes it here. Pure."""

from datetime import datetime, timedelta

from banstream_contracts.commands.infractions import ImportInfraction
from banstream_contracts.events.infractions import InfractionImported
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Infraction, Lifetime
from banstream_contracts.queries.imports import ImportOutcome
from banstream_infractions.domain.record import TAKEN, Context, Decision, Record, refused
from banstream_infractions.domain.rights import Authority, may_punish


def import_infraction(command: ImportInfraction, record: Record, authority: Authority, context: Context) -> Decision:
    """Take an infraction over, or what has changed there since; what somebody has changed here stays."""
    if refusal := may_punish(authority, command.player, command.punishments, command.scope, context):
        return refusal
    held = record.infractions.get(command.infraction_id)
    if held and not (held.imported and (held.imported.source, held.imported.row) == (command.source, command.row)):
        return TAKEN
    match outcome_of(held, command.digest):
        case "same":
            return Decision(touched=(command.infraction_id,))
        case "left":
            return changed_here(held)
        case _:
            return Decision((_imported(command, held),), touched=(command.infraction_id,))


def outcome_of(held: Infraction | None, digest: str) -> ImportOutcome:
    """What becomes of a row, by the infraction that has its id and by a digest of what is told of it now."""
    if held is None:
        return "new"
    if held.imported is None:
        return "refused"
    if held.imported.digest == digest and not held.imported.is_undone:
        return "same"
    return "changed" if held.is_as_imported else "left"


def changed_here(held: Infraction | None) -> Decision:
    """The refusal to touch what is somebody's decision by now."""
    return refused("changed-here", "it was changed here since it was imported, and stays as it is", held)


def _imported(command: ImportInfraction, held: Infraction | None) -> InfractionImported:
    """As old as it was at the first import of it, and of the address that it came with first."""
    began_at = held.issued_at if held else command.began_at or command.issued_at
    address_hash = held.address_hash if held else None
    address = command.address if command.address and address_hash in {None, command.address.hash} else None
    duration_seconds = _duration(began_at, command.ends_at, command.issued_at)
    return InfractionImported(
        infraction_id=command.infraction_id,
        player=command.player,
        address_hash=address.hash if address else address_hash,
        player_name=command.player_name,
        sealed_name=command.sealed_name,
        sealed_address=address.sealed if address else None,
        address_expires_at=held.address_expires_at if held else None,
        punishments=command.punishments,
        lifetime=Lifetime.PERMANENT if duration_seconds is None else Lifetime.TIMED,
        duration_seconds=duration_seconds,
        expires_at=None if duration_seconds is None else command.ends_at,
        reason=command.reason,
        note=command.note,
        scope=command.scope,
        server_id=command.server_id,
        category=command.category,
        severity=command.severity,
        evidence=command.evidence,
        import_id=command.import_id,
        source=command.source,
        row=command.row,
        digest=command.digest,
        issued_at=began_at,
        issued_by=command.issued_by,
        lifted=command.lifted,
        actor=command.actor,
        occurred_at=command.issued_at,
    )


def _duration(began_at: datetime, ends_at: datetime | None, now: datetime) -> int | None:
    """Whole seconds, at least one; None of what lasts for longer than anything does, unless it is over by now."""
    if ends_at is None:
        return None
    seconds = max(1, round((ends_at - began_at) / timedelta(seconds=1)))
    return min(seconds, MAX_DURATION_SECONDS) if ends_at <= now or seconds <= MAX_DURATION_SECONDS else None
