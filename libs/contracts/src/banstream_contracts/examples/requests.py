"""One instance of every message about requests for review that were opened."""

from typing import Any

from pydantic import BaseModel

from banstream_contracts.commands.requests import ApproveRequest, AssignRequest, CommentRequest, RejectRequest
from banstream_contracts.events.requests import RequestApproved, RequestAssigned, RequestCommented, RequestRejected
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Lifetime, Scope
from banstream_contracts.queries.requests import GetRequest, RequestFound

_NOTE, _NOBODY_CHEATED = "the replay shows lag", "lag, no cheat"
_about: dict[str, Any] = {"request_id": parts.REQUEST_ID, "player": parts.player, "server_id": parts.SERVER_ID}
EXAMPLES: tuple[BaseModel, ...] = (
    CommentRequest(request_id=parts.REQUEST_ID, note=_NOTE, **parts.asked),
    AssignRequest(request_id=parts.REQUEST_ID, **parts.assigned, **parts.asked),
    ApproveRequest(
        request_id=parts.REQUEST_ID,
        infraction_id=parts.INFRACTION_ID,
        duration_seconds=86_400,
        lifetime=Lifetime.TIMED,
        reason="speed hack, a first offence",
        scope=Scope.GLOBAL,
        **parts.asked,
    ),
    RejectRequest(request_id=parts.REQUEST_ID, reason=_NOBODY_CHEATED, **parts.asked),
    RequestCommented(note=_NOTE, **_about, **parts.occurred),
    RequestAssigned(**parts.assigned, **_about, **parts.occurred),
    RequestApproved(wanted="punish", infraction_ids=(parts.INFRACTION_ID,), **_about, **parts.occurred),
    RequestRejected(
        wanted="punish", reason=_NOBODY_CHEATED, infraction_ids=(parts.INFRACTION_ID,), **_about, **parts.occurred
    ),
    GetRequest(request_id=parts.REQUEST_ID),
    RequestFound(request=parts.request),
)
