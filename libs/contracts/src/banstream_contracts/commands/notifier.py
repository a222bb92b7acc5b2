"""Commands: what somebody asks the notifier to do."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from banstream_contracts.commands.command import Command
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


class TargetCommand(Command):
    """About one target."""

    service: ClassVar[str] = SERVICE

    target_id: ShortId

    @property
    def token(self) -> str:
        """By the target."""
        return f"target={self.target_id}"


class CreateTarget(TargetCommand):
    """Tell events to somebody from now on.

    The URL and the signing secret (Standard Webhooks, `whsec_…`; of webhooks only) are sealed for the notifier.
    """

    type: Literal["create_target"] = "create_target"
    kind: TargetKind
    name: Name
    sealed_url: Sealed
    sealed_secret: Sealed | None = None
    filters: TargetFilters = TargetFilters()
    language: Language = "en"
    display: TargetDisplay = TargetDisplay()


class ChangeTarget(TargetCommand):
    """Change what is named. Filters hold for what happens from now on; what waits must pass both, old and new."""

    type: Literal["change_target"] = "change_target"
    name: Name | None = None
    sealed_url: Sealed | None = None
    sealed_secret: Sealed | None = None
    filters: TargetFilters | None = None
    language: Language | None = None
    display: TargetDisplay | None = None


class PauseTarget(TargetCommand):
    """Keep what is to be told until the target is resumed."""

    type: Literal["pause_target"] = "pause_target"
    reason: Reason | None = None


class ResumeTarget(TargetCommand):
    """Go on where a paused or broken target stopped."""

    type: Literal["resume_target"] = "resume_target"


class RemoveTarget(TargetCommand):
    """End a target for good; what waits is not told."""

    type: Literal["remove_target"] = "remove_target"
    reason: Reason | None = None


class TestTarget(TargetCommand):
    """Send a test message, in turn with the events."""

    type: Literal["test_target"] = "test_target"


class RedeliverDelivery(TargetCommand):
    """Tell an event again, in turn with the others, also one that was told or put aside."""

    type: Literal["redeliver_delivery"] = "redeliver_delivery"
    event_id: UUID


class BreakTarget(TargetCommand):
    """The other side does not exist any more. Sent by the notifier to itself.

    `seen_version` is the version of the target that was tried: one that was changed or resumed since is not broken.
    """

    type: Literal["break_target"] = "break_target"
    reason: Message
    seen_version: int


AnyTargetCommand = Annotated[
    CreateTarget
    | ChangeTarget
    | PauseTarget
    | ResumeTarget
    | RemoveTarget
    | TestTarget
    | RedeliverDelivery
    | BreakTarget,
    Field(discriminator="type"),
]
TARGET_COMMAND: TypeAdapter[AnyTargetCommand] = TypeAdapter(AnyTargetCommand, config=LATE)
