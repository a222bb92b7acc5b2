"""Restrictions that run out while their player is connected: what a beat takes off them, and what is left. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid5

import msgspec

from banstream_contracts.infractions import Lifetime
from banstream_edge.check import Asking, binding
from banstream_gateway.held.standings import Restriction

_SERVED = UUID("0d9a4c37-7f0b-5d0e-9a57-6b1f0c2e8d41")
_TIME_DIGITS = 12


def served(restrictions: Iterable[Restriction], seconds: int, asking: Asking, now: datetime) -> dict[str, int]:
    """By infraction what so many seconds connected to this server take off those that run out by it."""
    found = {
        each.infraction_id: _since_issued(each.infraction_id, seconds, now)
        for each in binding(restrictions, asking, now)
        if each.lifetime == Lifetime.ONLINE
    }
    return {infraction_id: counted for infraction_id, counted in found.items() if counted}


def after(restrictions: Iterable[Restriction], seconds: int, asking: Asking, now: datetime) -> Iterable[Restriction]:
    """The same restrictions once so many seconds connected have been counted."""
    restrictions = [*restrictions]
    counted = served(restrictions, seconds, asking, now)
    return [
        msgspec.structs.replace(
            each, time_left_seconds=max(0, (each.time_left_seconds or 0) - counted[each.infraction_id])
        )
        if each.infraction_id in counted
        else each
        for each in restrictions
    ]


def command_id(server_id: str, since: datetime, infraction_id: str) -> UUID:
    """The same for the same stretch of time, so that whoever counts it again counts it once."""
    return uuid5(_SERVED, f"{server_id}\n{since.astimezone(UTC).isoformat()}\n{infraction_id}")


def _since_issued(infraction_id: str, seconds: int, now: datetime) -> int:
    """Those of the seconds before now in which an infraction was there: what came between two beats has served less.

    Ids begin with their milliseconds; one of the time to come is of a clock that runs ahead, and tells nothing.
    """
    age = int(now.timestamp() - int(infraction_id[:_TIME_DIGITS], 16) / 1000)
    return min(seconds, age) if age >= 0 else seconds
