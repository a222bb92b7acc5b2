"""What clients send about appeals."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.appeals import AppealStatus, AppealText, Verdict
from banstream_contracts.infractions import DurationSeconds, Punishments, Scope
from banstream_contracts.text import Name, Reason, ShortId
from banstream_gateway.request_forms import Request
from banstream_gateway.requests import NoQuery, PageQuery


class AppealQuery(PageQuery):
    """Which appeals."""

    player: Annotated[str, Field(max_length=256, description="SERVICE:ID", examples=["roblox:156"])] | None = None
    status: AppealStatus | None = None
    infraction_id: ShortId | None = None
    assignee: Name | None = None


class AppealStatisticsQuery(NoQuery):
    """Appeals that were opened in this time."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def times(self) -> dict[str, datetime | None]:
        """As the question takes them."""
        return {"since": self.since, "until": self.until}


class AnswerAppealBody(Request):
    """What staff say to the player, or among themselves: `internal` is never shown to the player."""

    text: AppealText
    internal: bool = False


class DecideAppealBody(Request):
    """The decision; the player reads `text`. A reduction names what it changes, the others nothing.

    `duration_seconds` counts from the moment the infraction was issued.
    """

    verdict: Verdict
    text: Reason
    duration_seconds: DurationSeconds | None = None
    punishments: Punishments | None = None
    scope: Scope | None = None

    @model_validator(mode="after")
    def _changes_what_is_reduced(self) -> Self:
        changes = (self.duration_seconds, self.punishments, self.scope)
        if (self.verdict is Verdict.REDUCED) != any(change is not None for change in changes):
            raise ValueError("reduced, and only that, names duration_seconds, punishments or scope")
        return self
