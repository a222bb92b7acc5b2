"""Events of calls for an admin."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from banstream_contracts.calls import CallContent
from banstream_contracts.events.event import Event
from banstream_contracts.players import server_token
from banstream_contracts.text import Name, ShortId


class CallEvent(Event):
    """An event of one call."""

    call_id: ShortId
    server_id: ShortId

    @property
    def stream(self) -> str:
        """The log stream: the calls of one server."""
        return f"calls:{self.server_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return server_token(self.server_id)


class CallOpened(CallEvent):
    """A player called an admin or reported a player."""

    erasable: ClassVar[Mapping[str, frozenset[str]]] = {
        "content.caller": frozenset({"content.caller_name", "content.message"}),
        "content.reported": frozenset({"content.reported_name"}),
    }

    type: Literal["call.opened"] = "call.opened"
    content: CallContent


class CallClaimed(CallEvent):
    """An admin took the call."""

    type: Literal["call.claimed"] = "call.claimed"
    admin_name: Name
