"""What events make of a request for review. Pure; checks no rules."""

from typing import assert_never

from banstream_contracts.events.infractions import RequestOpened
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.infraction_messages import AnyRequestEvent
from banstream_contracts.queries.infractions import RequestComment, ReviewRequest


def evolve_request(
    request: ReviewRequest | None, event: RequestOpened | AnyRequestEvent, position: int
) -> ReviewRequest:
    """The request after an event. Raises ValueError for an event of one that was never opened."""
    if isinstance(event, RequestOpened):
        return _opened(event, position)
    if request is None:
        raise ValueError(f"{event.type} of the request {event.request_id}, which was never opened")
    return request.model_copy(update={**_changed(request, event), "position": position})


def _changed(request: ReviewRequest, event: AnyRequestEvent) -> dict[str, object]:
    match event:
        case RequestCommented():
            comment = RequestComment(note=event.note, by=event.actor, at=event.occurred_at)
            return {"comments": (*request.comments, comment), "comment_count": request.comment_count + 1}
        case RequestAssigned():
            return {"assignee": event.assignee, "assignee_id": event.assignee_id}
        case RequestApproved():
            return {"status": "approved", **_decided(event)}
        case RequestRejected():
            return {"status": "rejected", "decided_reason": event.reason, **_decided(event)}
        case _:
            assert_never(event)


def _decided(event: RequestApproved | RequestRejected) -> dict[str, object]:
    return {"decided_by": event.actor, "decided_at": event.occurred_at, "infraction_ids": event.infraction_ids}


def _opened(event: RequestOpened, position: int) -> ReviewRequest:
    return ReviewRequest(
        id=event.request_id,
        player=event.player,
        reason=event.reason,
        server_id=event.server_id,
        incident_id=event.incident_id,
        suggested=event.suggested,
        wanted=event.wanted,
        player_name=event.player_name,
        address_hash=event.address_hash,
        opened_at=event.occurred_at,
        opened_by=event.actor,
        position=position,
    )
