"""Appeals: a player asks staff to look again at one infraction. How one stands, and what was said."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from banstream_contracts.infractions import Actor, Contract, Infraction
from banstream_contracts.players import Player
from banstream_contracts.text import Comment, KeyHash, Name, Reason, ShortId


class AppealReason(StrEnum):
    """Why the player thinks that the infraction is wrong."""

    NOT_ME = "not_me"
    DID_NOT_DO_IT = "did_not_do_it"
    FALSE_POSITIVE = "false_positive"
    TOO_HARSH = "too_harsh"
    SORRY = "sorry"
    OTHER = "other"


class Verdict(StrEnum):
    """What was decided: the infraction stays, becomes less, or goes."""

    UPHELD = "upheld"
    REDUCED = "reduced"
    OVERTURNED = "overturned"


AppealStatus = Literal["open", "upheld", "reduced", "overturned"]
AppealSide = Literal["player", "staff"]

AppealText = Comment
"""What the player and staff write to each other."""

SealedText = Annotated[str, StringConstraints(max_length=12_000, pattern=r"^[A-Za-z0-9_-]+$")]
"""The same, sealed: base64url of up to 2000 characters. In the log it is locked for whom the infraction is about."""

AppealCode = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""The one-time code of an infraction as somebody typed it."""

MOST_ANSWERS = 100
"""Of one appeal, notes too: all of them have to fit into one message."""

MOST_UNANSWERED = 5
"""So many times the player may write before staff has answered."""


class AppealAnswer(Contract):
    """One message of an appeal; the player never sees one that is `internal`, nor who on staff wrote.

    `sealed_text` is how it is kept. Whoever may read it gets `text` in its place; neither is there once the player
    was erased.
    """

    side: AppealSide
    internal: bool = False
    by: Actor | None = None
    at: AwareDatetime
    sealed_text: SealedText | None = None
    text: AppealText | None = None


class Appeal(Contract):
    """One appeal as the events so far have made it. `answers` come oldest first; the first is the player's reasons.

    `issuer` and `address_hash` are of the infraction. `unanswered` counts what the player wrote since staff last did.
    """

    id: ShortId
    infraction_id: ShortId
    player: Player | None = None
    address_hash: KeyHash | None = None
    server_id: ShortId | None = None
    reason: AppealReason
    status: AppealStatus = "open"
    opened_at: AwareDatetime
    assignee: Name | None = None
    assignee_id: ShortId | None = None
    answer_count: int = 0
    unanswered: int = 0
    answers: tuple[AppealAnswer, ...] = ()
    issuer: Actor | None = None
    decided_by: Actor | None = None
    decided_at: AwareDatetime | None = None
    decided_text: Reason | None = None
    position: int = 0


class AppealedInfraction(Contract):
    """What the player is shown of the infraction: what a game server shows, and how it stands."""

    infraction: Infraction
    appeal: Appeal | None = None
    """The newest one."""
    may_appeal: bool
    may_appeal_at: AwareDatetime | None = None
    """When a new appeal may be opened, where only time is in the way."""


class AppealCounts(Contract):
    """How appeals ended; `open` ones have not."""

    appeals: Annotated[int, Field(ge=0)] = 0
    open: Annotated[int, Field(ge=0)] = 0
    upheld: Annotated[int, Field(ge=0)] = 0
    reduced: Annotated[int, Field(ge=0)] = 0
    overturned: Annotated[int, Field(ge=0)] = 0


class AppealTally(AppealCounts):
    """The counts of one category, policy or moderator; `key` None is of infractions that have none."""

    key: str | None
    name: str | None = None
    """What a moderator is called."""
