"""Events of a request for review after it was opened."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from banstream_contracts.events.event import Event
from banstream_contracts.infractions import RequestWish
from banstream_contracts.players import Player
from banstream_contracts.text import Comment, Name, Reason, ShortId


class RequestEvent(Event):
    """An event of one request: whom it is about, and the server that it came from."""

    request_id: ShortId
    player: Player
    server_id: ShortId | None = None

    @property
    def stream(self) -> str:
        """The log stream: `request:<id>`."""
        return f"request:{self.request_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"request={self.request_id}"


class RequestCommented(RequestEvent):
    """Staff said something about a request; what it was stays in the log."""

    private = frozenset({"note"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"note"})}

    type: Literal["request.commented"] = "request.commented"
    note: Comment


class RequestAssigned(RequestEvent):
    """Somebody looks at a request now; without `assignee` nobody does. `assignee_id` is their account, if known."""

    type: Literal["request.assigned"] = "request.assigned"
    assignee: Name | None = None
    assignee_id: ShortId | None = None


class RequestApproved(RequestEvent):
    """What a request wanted was done: `infraction_ids` are the ban that was issued or kept, or those lifted."""

    type: Literal["request.approved"] = "request.approved"
    wanted: RequestWish
    infraction_ids: tuple[ShortId, ...] = ()


class RequestRejected(RequestEvent):
    """A request came to nothing: `infraction_ids` are of the ban that was issued at once, and lifted by this."""

    type: Literal["request.rejected"] = "request.rejected"
    wanted: RequestWish
    reason: Reason
    infraction_ids: tuple[ShortId, ...] = ()
