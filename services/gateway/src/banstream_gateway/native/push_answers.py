"""What the feed tells, as documented in OpenAPI."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, RootModel

from banstream_contracts.players import Player
from banstream_gateway.answers import Answer, ProblemAnswer, RestrictionAnswer


class FeedEvent(Answer):
    """What every event of the feed has."""

    id: str
    """The cursor right behind this event."""
    occurred_at: datetime


class RestrictionsEvent(FeedEvent):
    """An infraction changed.

    `restrictions` and `banned` are what a check by this server answers now. They are left out where `player` is
    null: then only an address was punished.
    """

    type: Literal["restrictions"]
    change: Literal["issued", "amended", "lifted", "reinstated", "expired"]
    infraction_id: str
    player: Player | None
    recheck: bool = False
    """An address is concerned: check those who are present again, with their addresses."""
    banned: bool | None = None
    restrictions: dict[str, RestrictionAnswer] | None = None


class KickEvent(FeedEvent):
    """Put this player off the server."""

    type: Literal["kick"]
    player: Player
    reason: str
    incident_id: str | None = None


class ThresholdEvent(FeedEvent):
    """This player's incidents reached a threshold; a warning is for the game to show."""

    type: Literal["threshold"]
    player: Player
    threshold: Literal["warn", "kick", "ban"]
    count: int
    incident_id: str


class MessageEvent(FeedEvent):
    """Show this text, to one player or to everybody."""

    type: Literal["message"]
    message_id: str
    text: str
    player: Player | None = None


AnyFeedEvent = RestrictionsEvent | KickEvent | ThresholdEvent | MessageEvent


class FeedAnswer(Answer):
    """What came after the cursor; an empty list is normal. Send `cursor` next."""

    events: tuple[Annotated[AnyFeedEvent, Field(discriminator="type")], ...]
    cursor: str


class ExpiredEvent(Answer):
    """The cursor was too old or of another stream: read the snapshot. What follows begins at `cursor`."""

    type: Literal["expired"]
    id: str
    cursor: str
    snapshot: str


class CursorEvent(Answer):
    """Nothing happened; the place in the feed has moved to `id`."""

    type: Literal["cursor"]
    id: str


class SocketFrame(RootModel[Annotated[AnyFeedEvent | ExpiredEvent | CursorEvent, Field(discriminator="type")]]):
    """One text frame. Frames of types that a client does not know are to be ignored."""


class StreamedEvent(RootModel[Annotated[AnyFeedEvent | ExpiredEvent, Field(discriminator="type")]]):
    """The `data` of one event; its `event` is the type, its `id` the cursor. Comments are heartbeats."""


class SnapshotStart(Answer):
    """The first line: the cursor to read the feed with afterwards."""

    cursor: str


class SnapshotPlayer(Answer):
    """A player with restrictions."""

    player: Player
    restrictions: dict[str, RestrictionAnswer]


class SnapshotEnd(Answer):
    """The last line; a snapshot without it was cut."""

    complete: Literal[True]
    players: int


class SnapshotLine(RootModel[SnapshotStart | SnapshotPlayer | SnapshotEnd]):
    """One line of JSON."""


class ExpiredAnswer(ProblemAnswer):
    """The cursor is too old or of another stream: read the snapshot, then go on from `cursor`."""

    cursor: str
    snapshot: str
