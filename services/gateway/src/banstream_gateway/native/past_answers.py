"""What clients get about what was in force at a moment."""

from pydantic import AwareDatetime

from banstream_contracts.infractions import Infraction
from banstream_gateway.answers import Answer, RestrictionsAnswer


class RestrictionsThenAnswer(RestrictionsAnswer):
    """What restricts a player now; or, with `at` or `at_position`, what a check would have answered then.

    All but the first two are of a moment.
    """

    at: AwareDatetime | None = None
    """The time that ends were compared with."""
    infractions: tuple[Infraction, ...] | None = None
    """Every infraction of the player, and of the address, as it was then: first those that were in force."""
    total: int | None = None
    """How many infractions there were."""
    next: str | None = None
    """The cursor of the following page, null at the end."""
    begins_at: AwareDatetime | None = None
    """When the log begins, where it held nothing by then (`position` is 0)."""
    erased_at: AwareDatetime | None = None
    """When the player was erased: what was personal until then is gone."""


class PastPageAnswer(Answer):
    """A page of infractions that were in force, the newest first, as they were then; it may hold none."""

    at: AwareDatetime
    """The time that ends were compared with."""
    position: int
    """Of the last event that counts; following pages name it in `at_position`."""
    items: tuple[Infraction, ...]
    next: str | None
    begins_at: AwareDatetime | None = None
    """When the log begins, where it held nothing by then (`position` is 0)."""
