"""Reads of the wall: bans in force as the public may page, search and count them. Answered by infractions.

The answers hold ids and text as they are; whoever shows them decides what of it may be seen.
"""

import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from banstream_contracts.infractions import Contract, Lifetime, Severity
from banstream_contracts.players import Player
from banstream_contracts.queries.query import PageLimit
from banstream_contracts.text import Category, Name, Reason, ShortId, control_character

SHORTEST_SEARCH = 3
"""Of letters; of characters that are words by themselves, as in Chinese, two are enough."""


def is_wide(character: str) -> bool:
    """Whether a character says as much as a word's part: those of Chinese, Japanese and Korean."""
    return unicodedata.east_asian_width(character) in {"W", "F"}


def _long_enough(text: str) -> str:
    if (found := control_character(text)) is not None:
        raise ValueError(f"holds the control character U+{ord(found):04X}")
    if len(text) < SHORTEST_SEARCH and not (len(text) == SHORTEST_SEARCH - 1 and any(map(is_wide, text))):
        raise ValueError(f"has fewer than {SHORTEST_SEARCH} letters")
    return text


SearchText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_long_enough)
]
"""A part of a name, reason or category; capitals do not matter, accents do."""


WallCursor = Annotated[str, StringConstraints(pattern=r"^-?\d{1,17}-[0-9a-f]{12}$")]
"""A place on the wall: microseconds since 1970, and what orders bans of one moment. No part of it is an id."""


class ListWall(Contract):
    """Bans in force, newest first.

    `since` (inclusive) and `until` (exclusive) are of when a ban was issued; `shown_until` hides younger ones, also
    from the count. `cursor` is what the page before gave as `next`.
    """

    search: SearchText | None = None
    category: Category | None = None
    severity: Severity | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    shown_until: AwareDatetime | None = None
    cursor: WallCursor | None = None
    limit: PageLimit = 50


class WallBan(Contract):
    """One ban in force; `expires_at` is null where it does not end at a time."""

    infraction_id: ShortId
    player: Player | None = None
    player_name: Name | None = None
    category: Category | None = None
    severity: Severity | None = None
    reason: Reason
    lifetime: Lifetime
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    server_id: ShortId | None = None


class WallPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end.

    `total` counts all that match, over all pages; where `is_total_exact` is false there are more than that.
    """

    items: tuple[WallBan, ...]
    next: WallCursor | None
    total: int
    is_total_exact: bool = True


class GetWallStatistics(Contract):
    """Counts of the bans in force, by day for the last `days` days of a time zone (IANA name)."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
    time_zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")] = "UTC"
    shown_until: AwareDatetime | None = None


class TypeCount(Contract):
    """How many bans are of a category and severity; null where they have none."""

    category: Category | None
    severity: Severity | None
    bans: int


class DayCount(Contract):
    """How many of the bans in force were issued on a day."""

    day: date
    bans: int


class WallStatistics(Contract):
    """`by_type` holds the pairs that occur, the most frequent first; `by_day` every day asked for, oldest first."""

    total: int
    by_type: tuple[TypeCount, ...]
    by_day: tuple[DayCount, ...]
