"""Restrictions that run out while their player is connected: which a beat is to count, and what is left. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid5

import msgspec

from banstream_contracts.infractions import Lifetime
from banstream_gateway.check import Asking, binding
from banstream_gateway.standings import Restriction

_SERVED = UUID("0d9a4c37-7f0b-5d0e-9a57-6b1f0c2e8d41")


def running(restrictions: Iterable[Restriction], asking: Asking, now: datetime) -> Iterable[str]:
    """The infractions that run out while connected to this server."""
    return (each.infraction_id for each in binding(restrictions, asking, now) if each.lifetime == Lifetime.ONLINE)


def after(restrictions: Iterable[Restriction], seconds: int, asking: Asking, now: datetime) -> Iterable[Restriction]:
    """The same restrictions once so many seconds connected have been counted."""
    counted = set(running(restrictions, asking, now))
    return [
        msgspec.structs.replace(each, time_left_seconds=max(0, (each.time_left_seconds or 0) - seconds))
        if each.infraction_id in counted
        else each
        for each in restrictions
    ]


def command_id(server_id: str, since: datetime, infraction_id: str) -> UUID:
    """The same for the same stretch of time, so that whoever counts it again counts it once."""
    return uuid5(_SERVED, f"{server_id}\n{since.astimezone(UTC).isoformat()}\n{infraction_id}")
