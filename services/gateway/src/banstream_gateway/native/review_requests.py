"""What clients send about requests for review."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from banstream_contracts.infractions import DurationSeconds, RequestWish, Scope
from banstream_contracts.queries.infractions import RequestStatus
from banstream_contracts.text import Comment, Name, Reason, ShortId
from banstream_gateway.request_forms import Request
from banstream_gateway.requests import PageQuery, PunishedPlayer

MOST_DECISIONS = 100
"""In one request."""


class ReviewQuery(PageQuery):
    """Which requests for review."""

    player: Annotated[str, Field(max_length=256, description="SERVICE:ID", examples=["roblox:156"])] | None = None
    status: RequestStatus | None = None
    assignee: Name | None = None


class SuggestedBan(Request):
    """The ban that is asked for; for good without a duration."""

    duration_seconds: DurationSeconds | None = None
    scope: Scope = Scope.GLOBAL
    reason: Reason | None = None
    """What the player reads; without it the reason of the request."""


class OpenReviewRequest(Request):
    """Whom staff are asked to look at, and what for."""

    player: PunishedPlayer
    reason: Reason
    wanted: RequestWish = "punish"
    """`lift` asks for the end of the player's bans."""
    suggested: SuggestedBan | None = None
    server_id: ShortId | None = None
    """The server that it is about; a server's own requests are about it anyway."""

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> Self:
        if self.wanted == "lift" and self.suggested is not None:
            raise ValueError("a request to lift bans suggests none")
        return self


class CommentRequestBody(Request):
    """What staff say to each other; nobody else is shown it."""

    note: Comment


class AssigneeRequest(Request):
    """Who looks at it; null is nobody."""

    assignee: Name | None


class ApproveRequestBody(Request):
    """What is changed of the suggested ban; the body may be left out."""

    duration_seconds: DurationSeconds | None = None
    permanent: bool = False
    reason: Reason | None = None
    scope: Scope | None = None

    @model_validator(mode="after")
    def _ends_in_one_way(self) -> Self:
        if self.permanent and self.duration_seconds is not None:
            raise ValueError("a ban is permanent or has duration_seconds, not both")
        return self


class RejectRequestBody(Request):
    """Why; a ban that was issued at once is lifted with it. The body may be left out."""

    reason: Reason = "rejected on review"


class DecisionsRequest(ApproveRequestBody):
    """One decision on many requests, each once; `reason` is of the bans, or of the rejections."""

    ids: Annotated[tuple[ShortId, ...], Field(min_length=1, max_length=MOST_DECISIONS)]
    decision: Literal["approve", "reject"]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.ids) != len(set(self.ids)):
            raise ValueError("a request is named twice")
        if self.decision == "reject" and (self.permanent or self.duration_seconds or self.scope):
            raise ValueError("a rejection changes no ban: duration_seconds, permanent and scope are of an approval")
        return self
