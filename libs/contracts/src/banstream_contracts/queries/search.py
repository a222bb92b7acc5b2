"""Reads of staff: every infraction there ever was, searched and counted, and personal data in clear for consoles.

Personal data travels sealed between consoles and infractions (`banstream_privacy.sharing.consoles_key`): who else may
ask on the bus learns nothing from the answer.
"""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from banstream_contracts.infractions import Actor, Contract, Infraction, Punishment, Scope, Severity
from banstream_contracts.players import Player, Service
from banstream_contracts.queries.query import PageLimit
from banstream_contracts.queries.wall import SearchText
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import ActorId, Category, KeyHash, ShortId

InfractionState = Literal["in_force", "lifted", "expired"]
"""Where an infraction stands now; one of the lifetime `session` is in none of them while it is active."""

SearchCursor = Annotated[str, StringConstraints(pattern=r"^-?\d{1,17}-[0-9a-f]{24}$")]
"""A place in the list: microseconds since 1970, and the id."""

PERSONAL_OF_ADDRESS = "address search"
"""What a sealed address to search for is sealed about."""


class SearchInfractions(Contract):
    """Every infraction that matches, the newest first.

    `search` is a part of a name, player, reason, category or issuer's name, or a whole id. `sealed_address` is an
    address sealed by a console about `PERSONAL_OF_ADDRESS`. `punishment` `warning` is of those without any.
    `since` (inclusive) and `until` (exclusive) are of when it was issued. `asked_by` is noted where an address is
    looked for.
    """

    search: SearchText | None = None
    sealed_address: Sealed | None = None
    state: InfractionState | None = None
    punishment: Punishment | Literal["warning"] | None = None
    category: Category | None = None
    severity: Severity | None = None
    scope: Scope | None = None
    server_id: ShortId | None = None
    player_service: Service | None = None
    issuer_id: ActorId | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    asked_by: Actor | None = None
    cursor: SearchCursor | None = None
    limit: PageLimit = 50


class SearchPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end.

    `total` counts all that match, null where that is too many to count. A page may be short and still have a next
    one: what was looked at for it held no more. `unreadable`: the address is none, or was sealed by nobody known.
    `address_hash` is of the address that was looked for, as a command about it names it.
    """

    items: tuple[Infraction, ...]
    next: SearchCursor | None
    total: int | None = None
    unreadable: bool = False
    address_hash: KeyHash | None = None


class GetPersonal(Contract):
    """Addresses and sealed names of one infraction, or else of all of a player.

    `asked_by` is who will see them, and is noted.
    """

    player: Player | None = None
    infraction_id: ShortId | None = None
    asked_by: Actor

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.player is None and self.infraction_id is None:
            raise ValueError("a player or an infraction is needed")
        return self


class PersonalRecord(Contract):
    """Of one infraction; each sealed for consoles about the infraction's id."""

    infraction_id: ShortId
    sealed_address: Sealed | None = None
    sealed_name: Sealed | None = None


class PersonalFound(Contract):
    """The newest first, at most 200."""

    items: tuple[PersonalRecord, ...]


class GetInfractionStatistics(Contract):
    """What was issued in the last `days` days of a time zone (IANA name), today being the last."""

    days: Annotated[int, Field(ge=1, le=92)] = 30
    time_zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")] = "UTC"


class HourCount(Contract):
    """Bans issued on a day of the week (0 is Monday) in an hour (0 to 23) of the time zone."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    hour: Annotated[int, Field(ge=0, le=23)]
    bans: int


class IssuedCount(Contract):
    """Infractions of a category; null where they have none."""

    category: Category | None
    infractions: int


class InfractionStatistics(Contract):
    """`today`, `week` and `month` are bans of the last 1, 7 and 30 days, whether they hold or not.

    `by_category` are all infractions of the days, the most frequent first, at most 20; `by_hour` the hours with bans.
    `in_force` are the bans that hold now. `requests` counts reviews opened in these days by where they stand.
    """

    today: int
    week: int
    month: int
    in_force: int
    by_category: tuple[IssuedCount, ...]
    by_hour: tuple[HourCount, ...]
    requests: dict[str, int]
