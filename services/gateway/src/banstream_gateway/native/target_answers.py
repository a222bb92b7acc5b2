"""What clients get about targets of notifications: never what opens them.

Positions here are those of the notifier's own log: never `Banstream-Position`, which checks wait for.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from banstream_contracts.infractions import Actor
from banstream_contracts.notifier_targets import (
    Language,
    Target,
    TargetDisplay,
    TargetFilters,
    TargetKind,
    TargetStatus,
)
from banstream_contracts.queries.notifier import DeliveryStatus, TargetFound
from banstream_gateway.answers import AcceptedAnswer, Answer, ProblemAnswer


class TargetAnswer(Answer):
    """A target. `address` is scheme, host and the last four characters."""

    id: str
    name: str
    kind: TargetKind
    address: str
    status: TargetStatus
    broken_reason: str | None = None
    filters: TargetFilters
    language: Language
    display: TargetDisplay
    created_at: AwareDatetime
    created_by: Actor
    changed_at: AwareDatetime
    version: int


class ChangedTargetAnswer(TargetAnswer):
    """A target after a change; `position` is one of the notifier's log."""

    position: int


class NewTargetAnswer(ChangedTargetAnswer):
    """A new target, and the secret that was made for it."""

    secret: str | None = None
    """Shown this once."""
    hint: str | None = None


class AcceptedTargetAnswer(AcceptedAnswer):
    """A new target that is stored and not made yet, and the secret that was made for it."""

    id: str | None = None
    secret: str | None = None
    """Shown this once."""
    hint: str | None = None


class ProgressAnswer(Answer):
    """How telling goes."""

    delivered: int
    last_delivered_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    last_error: str | None = None


class FoundTargetAnswer(TargetAnswer):
    """A target and how telling goes."""

    progress: ProgressAnswer


class TargetPageAnswer(Answer):
    """A page of targets; `unreadable` are the ids of those that the service or this gateway cannot read."""

    items: tuple[FoundTargetAnswer, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()


class UnreadableTargetAnswer(ProblemAnswer):
    """A target that is there and cannot be read: why, what to do, and what is known all the same."""

    id: str
    progress: ProgressAnswer


class AttemptAnswer(Answer):
    """One try."""

    at: AwareDatetime
    seconds: float
    answer: int | None = None
    error: str | None = None


class DeliveryAnswer(Answer):
    """One event and the target."""

    event_id: UUID
    event_type: str
    status: DeliveryStatus
    first_at: AwareDatetime
    last_at: AwareDatetime
    tries: int
    message_id: str | None = None
    attempts: tuple[AttemptAnswer, ...]


class DeliveryPageAnswer(Answer):
    """A page of deliveries, newest first."""

    items: tuple[DeliveryAnswer, ...]
    next: str | None


class RemovedTargetAnswer(Answer):
    """A target that ended; `position` is one of the notifier's log."""

    id: str
    status: Literal["removed"]
    position: int


def target_json(target: Target) -> dict[str, Any]:
    """A target."""
    content: dict[str, Any] = target.model_dump(mode="json", exclude_none=True)
    return content


def found_json(found: TargetFound) -> dict[str, Any]:
    """A target and how telling goes. Raises LookupError where there is none."""
    if found.target is None:
        raise LookupError
    return {**target_json(found.target), "progress": progress_json(found)}


def progress_json(found: TargetFound) -> dict[str, Any]:
    """How telling goes, as far as it is known."""
    return found.progress.model_dump(mode="json", exclude_none=True) if found.progress else {}
