"""Commands about appeals: the player opens one and answers, staff answer, take and decide it."""

from typing import Literal, Self

from pydantic import model_validator

from banstream_contracts.appeals import AppealReason, AppealSide, SealedText, Verdict
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import InfractionCommand
from banstream_contracts.infractions import DurationSeconds, Punishments, Scope
from banstream_contracts.text import Name, Reason, ShortId


class AppealCommand(Command):
    """About one appeal."""

    appeal_id: ShortId

    @property
    def token(self) -> str:
        """By the appeal."""
        return f"appeal={self.appeal_id}"


class OpenAppeal(AppealCommand):
    """Ask staff to look again at an infraction. Whoever sends it has proved who is meant by the code.

    `sealed_text` is sealed for infractions.
    """

    type: Literal["open_appeal"] = "open_appeal"
    infraction_id: ShortId
    reason: AppealReason
    sealed_text: SealedText


class AnswerAppeal(AppealCommand):
    """Say something: the player to staff, staff to the player, or staff among themselves (`internal`)."""

    type: Literal["answer_appeal"] = "answer_appeal"
    side: AppealSide
    internal: bool = False
    sealed_text: SealedText

    @model_validator(mode="after")
    def _is_of_staff(self) -> Self:
        if self.internal and self.side == "player":
            raise ValueError("what is internal is said by staff")
        return self


class AssignAppeal(AppealCommand):
    """Say who looks at an appeal; without `assignee` nobody does any more. `assignee_id` is their account, if any."""

    type: Literal["assign_appeal"] = "assign_appeal"
    assignee: Name | None = None
    assignee_id: ShortId | None = None


class DecideAppeal(AppealCommand):
    """Uphold, reduce or overturn an infraction; the player reads `text`.

    What a reduction changes is named: `duration_seconds` counts from the moment the infraction was issued.
    """

    type: Literal["decide_appeal"] = "decide_appeal"
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


class RenewAppealCode(InfractionCommand):
    """Give an infraction a new code; the old one ends at once."""

    type: Literal["renew_appeal_code"] = "renew_appeal_code"
