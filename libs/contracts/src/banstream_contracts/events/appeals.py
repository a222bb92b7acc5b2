"""Events of appeals. What was said stays in the log, locked for whom the infraction is about."""

from typing import Literal

from banstream_contracts.appeals import AppealReason, AppealSide, SealedText, Verdict
from banstream_contracts.events.event import Event
from banstream_contracts.events.infractions import InfractionEvent
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_contracts.text import KeyHash, Name, Reason, ShortId


class AppealEvent(Event):
    """An event of one appeal: the infraction, whom that is about, and the server that it came from."""

    appeal_id: ShortId
    infraction_id: ShortId
    player: Player | None = None
    server_id: ShortId | None = None

    @property
    def stream(self) -> str:
        """The log stream: `appeal:<id>`."""
        return f"appeal:{self.appeal_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"appeal={self.appeal_id}"


class AppealOpened(AppealEvent):
    """A player asks staff to look again at an infraction. `issuer` issued that."""

    private = frozenset({"sealed_text"})

    type: Literal["appeal.opened"] = "appeal.opened"
    reason: AppealReason
    sealed_text: SealedText
    issuer: Actor
    address_hash: KeyHash | None = None


class AppealAnswered(AppealEvent):
    """The player or staff said something; notes of staff are `internal`."""

    private = frozenset({"sealed_text"})

    type: Literal["appeal.answered"] = "appeal.answered"
    side: AppealSide
    internal: bool = False
    sealed_text: SealedText


class AppealAssigned(AppealEvent):
    """Somebody looks at an appeal now; without `assignee` nobody does. `assignee_id` is their account, if known."""

    type: Literal["appeal.assigned"] = "appeal.assigned"
    assignee: Name | None = None
    assignee_id: ShortId | None = None


class AppealDecided(AppealEvent):
    """An infraction was upheld, reduced or overturned; its amendment or end comes before this."""

    type: Literal["appeal.decided"] = "appeal.decided"
    verdict: Verdict
    text: Reason


class AppealCodeRenewed(InfractionEvent):
    """The code of an infraction is another one now, the one of this many renewals."""

    type: Literal["appeal.code_renewed"] = "appeal.code_renewed"
    renewals: int
