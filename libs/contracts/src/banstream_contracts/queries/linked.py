"""Reads of who else is known at the addresses of a player: what it is known from, how much it says, and when that was.

The answer is for staff: whoever it is told to learns that two players come from one address.
"""

from typing import Literal

from pydantic import AwareDatetime

from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.text import KeyHash, Name, ShortId

LinkStrength = Literal["strong", "weak", "none"]
"""How much it says that two players are one person; `none`: staff have said that they are not."""

LinkReason = Literal["different_people", "shared", "crowd", "old", "together"]
"""Why a link is as strong as it is: `different_people` of `none`, `together` of `strong`, the others of `weak`."""


class GetLinked(Contract):
    """Who else is known at the addresses of a player's infractions, and of those that the player is exempt from."""

    player: Player


class KnownThere(Contract):
    """The infractions of one player at an address: how many, when they were issued, and the newest of them."""

    count: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    infraction_ids: tuple[ShortId, ...]


class SharedAddress(Contract):
    """An address at which two players are known.

    `own` is of the player who was asked about; who has no infraction there is exempt from one. `exempt_from` are the
    newest infractions there from which one of the two is exempt. `players` counts everybody who is known there.
    `binds`: what is in force there binds whoever else comes from it.
    """

    address_hash: KeyHash
    own: KnownThere | None = None
    theirs: KnownThere | None = None
    exempt_from: tuple[ShortId, ...] = ()
    players: int
    binds: bool


class Link(Contract):
    """Somebody else at the same address. `addresses` are those that the two share, at most 20."""

    player: Player
    player_name: Name | None = None
    strength: LinkStrength
    why: tuple[LinkReason, ...]
    addresses: tuple[SharedAddress, ...]


class LinkedFound(Contract):
    """The newest 50 of `total` links.

    The player has `addresses_total` addresses, of which the newest `addresses` were looked at.
    """

    at: AwareDatetime
    items: tuple[Link, ...]
    total: int
    addresses: int
    addresses_total: int
