"""How long an infraction of a player binds who else comes from its address. Pure.

One of an address alone has no such end: it ends as a whole.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from banstream_contracts.commands.infractions import IssueInfraction, OffenceCommand
from banstream_contracts.events.infractions import InfractionImported, InfractionIssued, OffenceEvent
from banstream_contracts.infraction_messages import AnyCommand, AnyEvent
from banstream_contracts.infractions import Infraction
from banstream_infractions.domain.record import Decision, Record


def ageless(whom: OffenceCommand | Infraction) -> str | None:
    """Why an address has no end of its own; None where it may have one."""
    has_address = whom.address_hash if isinstance(whom, Infraction) else whom.address
    if not has_address:
        return "the infraction is of no address"
    return None if whom.player else "the infraction is of an address alone: it ends as a whole"


def after(start: datetime, seconds: int | None) -> datetime | None:
    """When the address of an infraction binds no more that began at `start`; None: as long as the infraction."""
    return None if seconds is None else start + timedelta(seconds=seconds)


def aged(command: AnyCommand, decision: Decision, record: Record, seconds: int | None) -> Decision:
    """The decision with an end for each address of which the command says nothing, as the installation has it set.

    It is counted from when the infraction began, also in the system that it was imported from. An import that comes
    again leaves the address that the infraction of the record has as it is.
    """
    if seconds is None or (isinstance(command, IssueInfraction) and command.address_ends_with_it):
        return decision
    if not any(isinstance(event, OffenceEvent) for event in decision.events):
        return decision
    return replace(decision, events=tuple(_aged(event, record, seconds) for event in decision.events))


def _aged(event: AnyEvent, record: Record, seconds: int) -> AnyEvent:
    held = record.infractions.get(event.infraction_id) if isinstance(event, InfractionImported) else None
    if held and held.address_hash:
        return event
    match event:
        case InfractionIssued(player=player, address_hash=str()) if player:
            began_at = event.occurred_at
        case InfractionImported(player=player, address_hash=str()) if player:
            began_at = event.issued_at
        case _:
            return event
    return event.model_copy(update={"address_expires_at": event.address_expires_at or after(began_at, seconds)})
