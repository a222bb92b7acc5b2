"""What restricts a player or address now, as asked by one server. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_gateway.held.standings import Restriction

_ORDER = tuple(punishment.value for punishment in Punishment)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: a server or nobody in particular; and whether other servers' global infractions count."""

    server_id: str | None = None
    include_other_servers: bool = True


def strongest(restrictions: Iterable[Restriction], asking: Asking, now: datetime) -> dict[str, Restriction]:
    """Per punishment the strongest restriction in force, in the order of `Punishment`.

    Permanent wins, the first of two; else the latest end. One infraction may fill several punishments.
    """
    found: dict[str, Restriction] = {}
    for restriction in binding(restrictions, asking, now):
        for punishment in restriction.punishments:
            held = found.get(punishment)
            if held is None or _is_stronger(restriction, held, now):
                found[punishment] = restriction
    return {punishment: found[punishment] for punishment in _ORDER if punishment in found}


def of_those(restrictions: Iterable[Restriction], keys: Collection[str]) -> list[Restriction]:
    """Those that bind a player who is asked about with an address, by the KV keys of both: one may be exempt."""
    return [each for each in restrictions if not any(player.token in keys for player in each.exempt or ())]


def binding(restrictions: Iterable[Restriction], asking: Asking, now: datetime) -> Iterator[Restriction]:
    """Every restriction in force that concerns whoever asks."""
    return (each for each in in_force(restrictions, now) if _binds(each, asking))


def in_force(restrictions: Iterable[Restriction], now: datetime) -> Iterator[Restriction]:
    """Every restriction in force, wherever it holds."""
    return (each for each in restrictions if _is_in_force(each, now))


def _is_in_force(restriction: Restriction, now: datetime) -> bool:
    match restriction.lifetime:
        case Lifetime.PERMANENT:
            return True
        case Lifetime.TIMED:
            return restriction.expires_at is not None and restriction.expires_at > now
        case Lifetime.ONLINE:
            return (restriction.time_left_seconds or 0) > 0
        case _:
            return False


def _binds(restriction: Restriction, asking: Asking) -> bool:
    """A community infraction cannot be ignored; a global one only by a server that asks for its own."""
    if restriction.scope == Scope.COMMUNITY:
        return True
    if asking.server_id is not None and restriction.server_id == asking.server_id:
        return True
    return restriction.scope == Scope.GLOBAL and asking.include_other_servers


def _is_stronger(candidate: Restriction, held: Restriction, now: datetime) -> bool:
    if held.lifetime == Lifetime.PERMANENT:
        return False
    return candidate.lifetime == Lifetime.PERMANENT or _end(candidate, now) > _end(held, now)


def _end(restriction: Restriction, now: datetime) -> datetime:
    return restriction.expires_at or now + timedelta(seconds=restriction.time_left_seconds or 0)
