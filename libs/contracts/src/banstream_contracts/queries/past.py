"""Reads of what was in force at a moment: by what was in the log then, so as everybody knew it then.

The moment is a time or a position of the log. By a time, all counts that was recorded until then, be it about something
that happened before; ends are compared with that time. By a position, ends are compared with the time at which the
event there was recorded. By both, the position says what was known, and the time what had ended.
"""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.infractions import Contract, Infraction, Punishment, Standing
from banstream_contracts.players import Player
from banstream_contracts.queries.audit import LogPlace
from banstream_contracts.queries.query import PageLimit
from banstream_contracts.text import KeyHash, ShortId


class _Then(Contract):
    at: AwareDatetime | None = None
    position: LogPlace | None = None

    @model_validator(mode="after")
    def _names_a_moment(self) -> Self:
        if self.at is None and self.position is None:
            raise ValueError("a time or a position is needed")
        return self


class GetPast(_Then):
    """What restricted a player, an address or both, and every infraction of theirs, as it was at a moment.

    `other_address_hashes` are of the same address under the other address keys of a ring. `server_id`: of others from
    the address only those infractions that concern this server. `cursor` is the `next` of the page before.
    """

    player: Player | None = None
    address_hash: KeyHash | None = None
    other_address_hashes: Annotated[tuple[KeyHash, ...], Field(max_length=3)] = ()
    server_id: ShortId | None = None
    cursor: ShortId | None = None
    limit: PageLimit = 50

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.player is None and self.address_hash is None:
            raise ValueError("a player, an address, or both are needed")
        return self


class PastFound(Contract):
    """What KV `restrictions` held then of the player and of each address, in the order asked; and a page of `items`.

    Those that were in force come first, each part newest first. `position` is of the last event that counts, 0 where
    the log held none; then `begins_at` says when it begins, null where it is empty. A `position` that is less than the
    one asked for: the log has not got there. `erased_at`: the player was erased then, and what was personal until then
    is gone.
    """

    at: AwareDatetime
    position: LogPlace
    standings: tuple[Standing, ...]
    items: tuple[Infraction, ...]
    next: ShortId | None
    total: int
    begins_at: AwareDatetime | None = None
    erased_at: AwareDatetime | None = None


class ListPast(_Then):
    """Every infraction that was in force at a moment, the newest first, as it was then.

    `punishment`: only those that hold it. `cursor` is the `next` of the page before.
    """

    punishment: Punishment | None = None
    cursor: ShortId | None = None
    limit: Annotated[PageLimit, Field(le=200)] = 50


class PastPage(Contract):
    """A page: the others of as many infractions as were asked for were not in force, so that it may hold none.

    `position` and `begins_at` as of `PastFound`.
    """

    at: AwareDatetime
    position: LogPlace
    items: tuple[Infraction, ...]
    next: ShortId | None
    begins_at: AwareDatetime | None = None
