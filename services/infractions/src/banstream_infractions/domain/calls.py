"""Calls for an admin: decisions on them, and what their events make of them. Pure."""

from datetime import datetime
from math import ceil
from typing import assert_never

from banstream_contracts.calls import AdminCall
from banstream_contracts.commands.calls import CallAdmin, ClaimCall
from banstream_contracts.events.calls import CallClaimed, CallOpened
from banstream_contracts.infractions import Infraction, Punishment
from banstream_contracts.results import Refusal
from banstream_infractions.domain.reach import concerns
from banstream_infractions.domain.record import Context, Decision, Record, infractions_seen, refused


def decide_call(command: CallAdmin | ClaimCall, record: Record, now: datetime, context: Context) -> Decision:
    """What a command makes of the calls of a server; `context` holds the caller's infractions."""
    match command:
        case CallAdmin():
            return _call(command, record, now, context)
        case ClaimCall():
            return _claim(command, record.call)
        case _:
            assert_never(command)


def evolve_call(call: AdminCall | None, event: CallOpened | CallClaimed, position: int) -> AdminCall:
    """The last call of a server after an event of it."""
    match event:
        case CallOpened():
            return AdminCall(
                id=event.call_id,
                server_id=event.server_id,
                content=event.content,
                called_at=event.occurred_at,
                position=position,
            )
        case CallClaimed() if call is not None:
            claimed = {"claimed_at": event.occurred_at, "claimed_by": event.admin_name, "position": position}
            return call.model_copy(update=claimed)
        case CallClaimed():
            raise LookupError(f"{event.type} of a call that was never opened: {event.call_id}")
        case _:
            assert_never(event)


def _call(command: CallAdmin, record: Record, now: datetime, context: Context) -> Decision:
    """Call, unless the caller is blocked or the server called a short while ago (facts gflbans 3)."""
    last = record.call
    if last and last.id == command.call_id:
        return Decision()
    if any(_blocks(infraction, command, now) for infraction in infractions_seen(record, context).values()):
        return refused("blocked", f"{command.content.caller} may not call an admin")
    left = _cooling(command, last) if last else 0
    if left:
        message = f"the server called an admin already; it may again in {left} seconds"
        return Decision(refusal=Refusal(code="cooling-down", message=message, retry_after_seconds=left))
    opened = CallOpened(
        call_id=command.call_id,
        server_id=command.server_id,
        content=command.content,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((opened,))


def _blocks(infraction: Infraction, command: CallAdmin, now: datetime) -> bool:
    return (
        Punishment.CALL_ADMIN_BLOCK in infraction.punishments
        and infraction.player == command.content.caller
        and infraction.is_in_force(now)
        and concerns(infraction, command.server_id, include_other_servers=command.include_other_servers)
    )


def _cooling(command: CallAdmin, last: AdminCall) -> int:
    """Seconds until this call may be made, by its own cooldown; never more than that, whatever the clocks say."""
    passed = (command.issued_at - last.called_at).total_seconds()
    return min(command.cooldown_seconds, max(0, ceil(command.cooldown_seconds - passed)))


def _claim(command: ClaimCall, call: AdminCall | None) -> Decision:
    """Take the open call; who has it already keeps it."""
    if call is None:
        return refused("no-open-call", "nobody has called an admin on this server")
    if call.claimed_by == command.admin_name:
        return Decision()
    if call.claimed_by is not None:
        return refused("no-open-call", f"{call.claimed_by} has taken the call already")
    claimed = CallClaimed(
        call_id=call.id,
        server_id=call.server_id,
        admin_name=command.admin_name,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((claimed,))
