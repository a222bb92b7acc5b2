"""Reads of infractions that plugins of game servers ask for: pages by number, admins, tiering policies."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from banstream_contracts.admins import Admin
from banstream_contracts.infractions import Contract, Infraction, Punishment
from banstream_contracts.players import Player
from banstream_contracts.text import KeyHash, ShortId
from banstream_contracts.tiering import TieringPolicy


class FindInfractions(Contract):
    """Infractions of a player or of an address, or of either, newest first, with how many there are.

    `server_id` and `include_other_servers` choose as in a check. `active` true for those in force, false for those
    that are not; what binds an address no more is not in force there. `other_address_hashes` are of the same address
    under the other address keys of a ring.
    """

    player: Player | None = None
    address_hash: KeyHash | None = None
    other_address_hashes: Annotated[tuple[KeyHash, ...], Field(max_length=3)] = ()
    server_id: ShortId | None = None
    include_other_servers: bool = True
    active: bool | None = None
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Field(ge=0, le=500)] = 30

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.player is None and self.address_hash is None:
            raise ValueError("a player, an address, or both are needed")
        return self


class FoundInfractions(Contract):
    """A page, how many there are in all, and how many hold each punishment; `warnings` hold none."""

    items: tuple[Infraction, ...]
    total: int
    by_punishment: dict[Punishment, int]
    warnings: int


class ListAdmins(Contract):
    """All admins; those who are admins no more too with `include_removed`."""

    include_removed: bool = False


class AdminPage(Contract):
    """Admins by name."""

    items: tuple[Admin, ...]


class ListTieringPolicies(Contract):
    """The tiering policies that a server uses, or all in use."""

    server_id: ShortId | None = None


class TieringPolicyPage(Contract):
    """Tiering policies by name."""

    items: tuple[TieringPolicy, ...]
