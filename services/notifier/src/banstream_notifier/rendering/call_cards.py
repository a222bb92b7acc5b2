"""What a message shows of a call for an admin, folded over its events. Pure."""

from typing import assert_never

from pydantic import AwareDatetime, BaseModel, ConfigDict

from banstream_contracts.calls import CallContent
from banstream_contracts.events.calls import CallClaimed, CallOpened


class CallCard(BaseModel):
    """All that is known of a call from the events that a target was told; `content` is None of one never shown."""

    model_config = ConfigDict(frozen=True)

    call_id: str
    server_id: str
    content: CallContent | None = None
    called_at: AwareDatetime | None = None
    claimed_by: str | None = None
    claimed_at: AwareDatetime | None = None


def fold(card: CallCard | None, event: CallOpened | CallClaimed) -> CallCard:
    """The card after an event."""
    match event:
        case CallOpened():
            return CallCard(
                call_id=event.call_id, server_id=event.server_id, content=event.content, called_at=event.occurred_at
            )
        case CallClaimed():
            base = card or CallCard(call_id=event.call_id, server_id=event.server_id)
            return base.model_copy(update={"claimed_by": event.admin_name, "claimed_at": event.occurred_at})
        case _:
            assert_never(event)
