"""Commands about a request for review that was opened: what staff say of it, who looks at it, and what they decide."""

from typing import Literal, Self

from pydantic import model_validator

from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import DurationSeconds, Lifetime, Scope
from banstream_contracts.text import Comment, Name, Reason, ShortId


class RequestCommand(Command):
    """About one request."""

    request_id: ShortId

    @property
    def token(self) -> str:
        """By the request."""
        return f"request={self.request_id}"


class CommentRequest(RequestCommand):
    """Say something about a request, also after it was decided. For staff only."""

    type: Literal["comment_request"] = "comment_request"
    note: Comment


class AssignRequest(RequestCommand):
    """Say who looks at a request; without `assignee` nobody does any more. `assignee_id` is their account, if any."""

    type: Literal["assign_request"] = "assign_request"
    assignee: Name | None = None
    assignee_id: ShortId | None = None


class ApproveRequest(RequestCommand):
    """Do what a request asks for: issue the ban, keep the one that was issued at once, or lift the player's bans.

    The ban is the suggested one but for what is named here; the lifetime `permanent` makes it one for good.
    `infraction_id` is that of the ban where the request suggests none.
    """

    type: Literal["approve_request"] = "approve_request"
    infraction_id: ShortId
    duration_seconds: DurationSeconds | None = None
    lifetime: Literal[Lifetime.TIMED, Lifetime.PERMANENT] | None = None
    reason: Reason | None = None
    scope: Scope | None = None

    @model_validator(mode="after")
    def _ends_in_one_way(self) -> Self:
        if self.is_permanent and self.duration_seconds is not None:
            raise ValueError("a ban is permanent or has a duration, not both")
        if self.lifetime is Lifetime.TIMED and self.duration_seconds is None:
            raise ValueError("the lifetime timed needs duration_seconds")
        return self

    @property
    def is_permanent(self) -> bool:
        """Whether the ban is to be one for good."""
        return self.lifetime is Lifetime.PERMANENT


class RejectRequest(RequestCommand):
    """Do nothing of what a request asks for; a ban that was issued at once and may be reviewed is lifted."""

    type: Literal["reject_request"] = "reject_request"
    reason: Reason
