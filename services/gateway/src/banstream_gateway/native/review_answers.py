"""What clients get about requests for review. Staff only, so nothing is hidden."""

from typing import Any, Literal

from banstream_contracts.infractions import Infraction
from banstream_contracts.queries.infractions import RequestStatus, ReviewRequest
from banstream_contracts.results import CommandResult
from banstream_gateway.answers import Answer, infraction_json


class RequestPageAnswer(Answer):
    """A page of requests for review, newest first, without their comments."""

    items: tuple[ReviewRequest, ...]
    next: str | None


class OpenedRequestAnswer(Answer):
    """A request that was opened."""

    id: str
    position: int


class ChangedRequestAnswer(OpenedRequestAnswer):
    """A request that was commented or assigned."""


class DecidedRequestAnswer(OpenedRequestAnswer):
    """A decision, and the bans that it issued, kept or lifted."""

    status: RequestStatus
    infractions: tuple[Infraction, ...]


class OneDecisionAnswer(Answer):
    """What became of one of many decisions; `refused` and `unavailable` say why in `problem`."""

    id: str
    status: Literal["approved", "rejected", "accepted", "refused", "unavailable"]
    command_id: str
    infraction_ids: tuple[str, ...] = ()
    problem: dict[str, Any] | None = None


class DecisionsAnswer(Answer):
    """Each decision in the order of the ids; `position` holds all that were carried out."""

    items: tuple[OneDecisionAnswer, ...]
    position: int


def request_json(request: ReviewRequest) -> dict[str, Any]:
    """A request with its comments."""
    content: dict[str, Any] = request.model_dump(mode="json", exclude_none=True)
    return content


def listed_json(request: ReviewRequest) -> dict[str, Any]:
    """A request in a list."""
    content: dict[str, Any] = request.model_dump(mode="json", exclude_none=True, exclude={"comments"})
    return content


def decided_json(result: CommandResult, status: RequestStatus) -> dict[str, Any]:
    """A decision that was carried out."""
    infractions = [infraction_json(each, for_staff=True) for each in result.infractions]
    return {"id": result.request_id, "status": status, "infractions": infractions, "position": result.position}
