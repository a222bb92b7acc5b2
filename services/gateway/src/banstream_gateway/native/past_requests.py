"""What clients send to ask what was in force at a moment."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.infractions import Punishment
from banstream_contracts.text import ShortId
from banstream_gateway.request_forms import Request
from banstream_gateway.requests import CheckQuery

AtPosition = Annotated[int, Field(ge=1, le=2**63 - 1)]


class RestrictionsQuery(CheckQuery):
    """How to check now, or at a moment."""

    at: AwareDatetime | None = None
    """As it was at this time, with its zone (`+` is written `%2B`): what was recorded until then counts."""
    at_position: AtPosition | None = None
    """As it was at this position of the log, which answers name in `Banstream-Position`. With `at` too, the position
    says what was known, and the time what had ended."""
    cursor: ShortId | None = None
    """Of a moment: the `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """Of a moment: how many infractions are told."""

    @property
    def is_of_the_past(self) -> bool:
        """Whether a moment is named."""
        return self.at is not None or self.at_position is not None

    @model_validator(mode="after")
    def _is_now_or_then(self) -> Self:
        if self.is_of_the_past and self.position is not None:
            raise ValueError("position is of a check now; at_position names a moment")
        if not self.is_of_the_past and self.model_fields_set & {"cursor", "limit"}:
            raise ValueError("cursor and limit are of a moment: they need at or at_position")
        return self


class PastQuery(Request):
    """Which moment, and which page."""

    at: AwareDatetime | None = None
    """With its zone (`+` is written `%2B`): what was recorded until then counts."""
    at_position: AtPosition | None = None
    """A position of the log. With `at` too, the position says what was known, and the time what had ended."""
    punishment: Punishment | None = None
    """Only infractions that hold it."""
    cursor: ShortId | None = None
    """The `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """How many infractions are looked at; those of them that were in force are told."""
