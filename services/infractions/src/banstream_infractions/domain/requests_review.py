"""What staff make of a request for review: said, taken, approved, rejected. Pure."""

from datetime import datetime
from typing import assert_never

from banstream_contracts.admins import Right
from banstream_contracts.commands.requests import (
    ApproveRequest,
    AssignRequest,
    CommentRequest,
    RejectRequest,
    RequestCommand,
)
from banstream_contracts.events.infractions import RequestOpened
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.infractions import Punishment
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_infractions.domain.record import Context, Decision, Record, refused
from banstream_infractions.domain.requests_wishes import granted, may_grant, undone
from banstream_infractions.domain.rights import Authority

MOST_COMMENTS = 100
"""Of one request: all of them have to fit into one message."""

ReviewCommand = CommentRequest | AssignRequest | ApproveRequest | RejectRequest


def decide_review(
    command: ReviewCommand, record: Record, now: datetime, authority: Authority, context: Context
) -> Decision:
    """A comment, an assignment, or the one decision on a request."""
    request, opened = record.request, record.opened
    if request is None or opened is None:
        return refused("unknown-request", f"no request has the id {command.request_id}")
    if lacking := authority.lacking([Right.ISSUE]):
        return lacking
    if isinstance(command, CommentRequest):
        return _comment(command, request)
    if request.status != "open":
        return refused("request-decided", _already(request))
    match command:
        case AssignRequest():
            return _assign(command, request)
        case ApproveRequest() | RejectRequest():
            return _decide(command, opened, now, authority, context)
        case _:
            assert_never(command)


def _already(request: ReviewRequest) -> str:
    by = request.decided_by
    return f"the request was {request.status} already, by {(by.name or by.id) if by else 'somebody'}"


def _comment(command: CommentRequest, request: ReviewRequest) -> Decision:
    if request.comment_count >= MOST_COMMENTS:
        return refused("invalid-change", f"a request has at most {MOST_COMMENTS} comments")
    return Decision((RequestCommented(note=command.note, **_about(command, request)),))


def _assign(command: AssignRequest, request: ReviewRequest) -> Decision:
    if (command.assignee, command.assignee_id) == (request.assignee, request.assignee_id):
        return Decision()
    taken = RequestAssigned(assignee=command.assignee, assignee_id=command.assignee_id, **_about(command, request))
    return Decision((taken,))


def _decide(
    command: ApproveRequest | RejectRequest,
    opened: RequestOpened,
    now: datetime,
    authority: Authority,
    context: Context,
) -> Decision:
    """The events of the player's stream first: what they touched is what the decision names."""
    if command.actor.kind == "server" and authority.admin is None:
        return refused("insufficient-rights", "a server may not decide on a request; people do")
    player = context.get(f"player:{opened.player}", Record())
    if isinstance(command, RejectRequest):
        if lacking := authority.lacking([Right(Punishment.BAN.value)]):
            return lacking
        return _with(command, opened, undone(command, opened, player))
    if refusal := may_grant(command, opened, player, authority, context):
        return refusal
    return _with(command, opened, granted(command, opened, player, now))


def _with(command: ApproveRequest | RejectRequest, opened: RequestOpened, done: Decision) -> Decision:
    """The same with the decision behind it, unless it cannot be done."""
    if done.refusal:
        return done
    about = {**_about(command, opened), "wanted": opened.wanted, "infraction_ids": done.touched}
    if isinstance(command, ApproveRequest):
        return Decision((*done.events, RequestApproved(**about)), touched=done.touched)
    return Decision((*done.events, RequestRejected(reason=command.reason, **about)), touched=done.touched)


def _about(command: RequestCommand, request: ReviewRequest | RequestOpened) -> dict[str, object]:
    return {
        "request_id": command.request_id,
        "player": request.player,
        "server_id": request.server_id,
        "actor": command.actor,
        "occurred_at": command.issued_at,
    }
