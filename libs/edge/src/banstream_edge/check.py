"""What restricts a player or address at a moment, as asked by one server. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from banstream_contracts.infractions import Lifetime, Punishment, Scope

_ORDER = tuple(punishment.value for punishment in Punishment)


class _Named(Protocol):
    """A player."""

    @property
    def token(self) -> str:
        """The KV key."""


class Restricting(Protocol):
    """`banstream_contracts.infractions.Restriction`, or what an edge keeps of it."""

    @property
    def punishments(self) -> Sequence[str]:
        """What it forbids."""

    @property
    def lifetime(self) -> str:
        """How it ends."""

    @property
    def scope(self) -> str:
        """Where it holds."""

    @property
    def server_id(self) -> str | None:
        """The server that it is of."""

    @property
    def expires_at(self) -> datetime | None:
        """When it ends, of `timed`; of an address also of `online`, where that ends before."""

    @property
    def time_left_seconds(self) -> int | None:
        """What is left, of `online`."""

    @property
    def exempt(self) -> Collection[_Named] | None:
        """Whom it does not bind by the address."""


Held = TypeVar("Held", bound=Restricting)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: a server or nobody in particular; and whether other servers' global infractions count."""

    server_id: str | None = None
    include_other_servers: bool = True


def strongest(restrictions: Iterable[Held], asking: Asking, now: datetime) -> dict[str, Held]:
    """Per punishment the strongest restriction in force, in the order of `Punishment`.

    Permanent wins, the first of two; else the latest end. One infraction may fill several punishments.
    """
    found: dict[str, Held] = {}
    for restriction in binding(restrictions, asking, now):
        for punishment in restriction.punishments:
            held = found.get(punishment)
            if held is None or _is_stronger(restriction, held, now):
                found[punishment] = restriction
    return {punishment: found[punishment] for punishment in _ORDER if punishment in found}


def of_those(restrictions: Iterable[Held], keys: Collection[str]) -> list[Held]:
    """Those that bind a player who is asked about with an address, by the KV keys of both: one may be exempt."""
    return [each for each in restrictions if not any(player.token in keys for player in each.exempt or ())]


def binding(restrictions: Iterable[Held], asking: Asking, now: datetime) -> Iterator[Held]:
    """Every restriction in force that concerns whoever asks."""
    return (each for each in in_force(restrictions, now) if _binds(each, asking))


def in_force(restrictions: Iterable[Held], now: datetime) -> Iterator[Held]:
    """Every restriction in force, wherever it holds."""
    return (each for each in restrictions if _is_in_force(each, now))


def end_of(restriction: Restricting, now: datetime) -> datetime:
    """When one that is not permanent ends at the latest, if its player stays connected."""
    ends = [] if restriction.expires_at is None else [restriction.expires_at]
    if restriction.lifetime == Lifetime.ONLINE:
        ends.append(now + timedelta(seconds=restriction.time_left_seconds or 0))
    return min(ends, default=now)


def _is_in_force(restriction: Restricting, now: datetime) -> bool:
    match restriction.lifetime:
        case Lifetime.PERMANENT:
            return True
        case Lifetime.TIMED:
            return restriction.expires_at is not None and restriction.expires_at > now
        case Lifetime.ONLINE:
            is_over = restriction.expires_at is not None and restriction.expires_at <= now
            return (restriction.time_left_seconds or 0) > 0 and not is_over
        case _:
            return False


def _binds(restriction: Restricting, asking: Asking) -> bool:
    """A community infraction cannot be ignored; a global one only by a server that asks for its own."""
    if restriction.scope == Scope.COMMUNITY:
        return True
    if asking.server_id is not None and restriction.server_id == asking.server_id:
        return True
    return restriction.scope == Scope.GLOBAL and asking.include_other_servers


def _is_stronger(candidate: Restricting, held: Restricting, now: datetime) -> bool:
    if held.lifetime == Lifetime.PERMANENT:
        return False
    return candidate.lifetime == Lifetime.PERMANENT or end_of(candidate, now) > end_of(held, now)
