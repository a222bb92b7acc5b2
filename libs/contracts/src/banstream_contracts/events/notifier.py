"""Events of the notifier; the same rules as in `event`."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from banstream_contracts.events.event import Event
from banstream_contracts.infractions import LATE
from banstream_contracts.notifier_targets import (
    SERVICE,
    Language,
    TargetDisplay,
    TargetFilters,
    TargetKind,
)
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import Message, Name, Reason, ShortId


class TargetEvent(Event):
    """An event of one target; `name` is what it is called then, so that a message about it can be read."""

    service: ClassVar[str] = SERVICE

    target_id: ShortId
    name: Name

    @property
    def stream(self) -> str:
        """The log stream: `target:<id>`."""
        return f"target:{self.target_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"target={self.target_id}"


class TargetCreated(TargetEvent):
    """Events are told to a target from now on. `address` shows scheme, host and the last four characters."""

    private: ClassVar[frozenset[str]] = frozenset({"sealed_url", "sealed_secret"})

    type: Literal["target.created"] = "target.created"
    kind: TargetKind
    address: str
    sealed_url: Sealed
    sealed_secret: Sealed | None = None
    filters: TargetFilters
    language: Language
    display: TargetDisplay


class TargetChanged(TargetEvent):
    """A target as it is from now on; the sealed fields are there where they were changed."""

    private: ClassVar[frozenset[str]] = frozenset({"sealed_url", "sealed_secret"})

    type: Literal["target.changed"] = "target.changed"
    address: str
    sealed_url: Sealed | None = None
    sealed_secret: Sealed | None = None
    filters: TargetFilters
    language: Language
    display: TargetDisplay


class TargetPaused(TargetEvent):
    """What is to be told waits."""

    type: Literal["target.paused"] = "target.paused"
    reason: Reason | None = None


class TargetResumed(TargetEvent):
    """What waited is told."""

    type: Literal["target.resumed"] = "target.resumed"


class TargetBroken(TargetEvent):
    """The other side does not exist any more: what is to be told waits until somebody resumes the target."""

    type: Literal["target.broken"] = "target.broken"
    reason: Message


class TargetRemoved(TargetEvent):
    """A target ended for good."""

    type: Literal["target.removed"] = "target.removed"
    reason: Reason | None = None


class TargetTestRequested(TargetEvent):
    """A test message is to be sent to the target."""

    type: Literal["target.test_requested"] = "target.test_requested"


class TargetRedeliveryRequested(TargetEvent):
    """An event is to be told to the target again; `sequence` is its place on EVENTS."""

    type: Literal["target.redelivery_requested"] = "target.redelivery_requested"
    event_id: UUID
    sequence: int


AnyTargetEvent = Annotated[
    TargetCreated
    | TargetChanged
    | TargetPaused
    | TargetResumed
    | TargetBroken
    | TargetRemoved
    | TargetTestRequested
    | TargetRedeliveryRequested,
    Field(discriminator="type"),
]
TARGET_EVENT: TypeAdapter[AnyTargetEvent] = TypeAdapter(AnyTargetEvent, config=LATE)
