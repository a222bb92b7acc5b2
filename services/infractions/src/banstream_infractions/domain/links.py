"""How much it says that two players are known at one address. Pure.

Staff who let one of two in from an address that an infraction of the other binds have said that they are different
people: then it says nothing. Else it says little where the address is of many, or where one of the two has not been
known there for long; and much where nothing speaks against it. One address that says much is enough.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from banstream_contracts.players import Player
from banstream_contracts.queries.linked import Link, LinkReason, SharedAddress

MANY = 5
"""More players at one address are no household."""
LONG = timedelta(days=30)
"""After it a home address is often somebody else's."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """Who is exempt from an infraction of an address, and whose that is; None where it is of the address alone."""

    infraction_id: str
    address_hash: str
    player: Player | None
    exempt: frozenset[Player]

    def names(self, players: Iterable[Player]) -> bool:
        """Whether one of them is exempt."""
        return not self.exempt.isdisjoint(players)

    def tells_apart(self, one: Player, other: Player) -> bool:
        """Whether one of them is exempt from what the other has."""
        return (self.player == one and other in self.exempt) or (self.player == other and one in self.exempt)


def linked(
    player: Player,
    other: Player,
    name: str | None,
    shared: Sequence[SharedAddress],
    exemptions: Collection[Exemption],
    now: datetime,
) -> Link:
    """What the addresses say that two players share, with all exemptions that there are at these."""
    at_each = [_against(each, exemptions, now) for each in shared]
    if any(each.tells_apart(player, other) for each in exemptions):
        return Link(player=other, player_name=name, strength="none", why=("different_people",), addresses=tuple(shared))
    if not all(at_each):
        return Link(player=other, player_name=name, strength="strong", why=("together",), addresses=tuple(shared))
    return Link(player=other, player_name=name, strength="weak", why=_each_once(at_each), addresses=tuple(shared))


def _against(shared: SharedAddress, exemptions: Iterable[Exemption], now: datetime) -> list[LinkReason]:
    """What speaks against taking an address for that of one person."""
    reasons: list[LinkReason] = []
    if any(each.address_hash == shared.address_hash for each in exemptions):
        reasons.append("shared")
    if shared.players > MANY:
        reasons.append("crowd")
    if any(side is not None and side.last_at < now - LONG for side in (shared.own, shared.theirs)):
        reasons.append("old")
    return reasons


def _each_once(at_each: Iterable[Sequence[LinkReason]]) -> tuple[LinkReason, ...]:
    return tuple(dict.fromkeys(reason for reasons in at_each for reason in reasons))
