"""Reads of the notifier: core request and reply, answered by any of its processes."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, model_validator

from banstream_contracts.infractions import Contract
from banstream_contracts.later import found_or_why, page_of_readable
from banstream_contracts.notifier_targets import Target
from banstream_contracts.queries.query import Cursor, PageLimit
from banstream_contracts.text import ShortId


class DeliveryStatus(StrEnum):
    """`begun`: tried, and not known to have arrived. `dead`: put aside after its last try."""

    BEGUN = "begun"
    DONE = "done"
    DEAD = "dead"


class GetTarget(Contract):
    """One target by its id."""

    target_id: ShortId


class ListTargets(Contract):
    """Targets, oldest first."""

    cursor: Cursor | None = None
    limit: PageLimit = 50


class TargetProgress(Contract):
    """How telling goes. `failing_since` is null unless the last try failed; `last_error` says why it did."""

    delivered: int = 0
    last_delivered_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    last_error: str | None = None


class TargetFound(Contract):
    """The target and how telling goes, or nulls.

    `unreadable` says why a target that there is cannot be read: by the service's release, or by that which asks.
    """

    target: Target | None
    progress: TargetProgress | None = None
    unreadable: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, answer: object) -> object:
        return found_or_why(answer, "target", Target)


class TargetPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end.

    `unreadable` are the ids of those that the service's release cannot read, or that which asks.
    """

    items: tuple[TargetFound, ...]
    next: str | None
    unreadable: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_a_later_release(cls, page: object) -> object:
        return page_of_readable(page, "target", TargetFound)


class ListDeliveries(Contract):
    """What was told to a target, newest first; with `event_id` only that event."""

    target_id: ShortId
    status: DeliveryStatus | None = None
    event_id: UUID | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class Attempt(Contract):
    """One try. `answer` is the HTTP status, null where none came; `error` is null of one that succeeded."""

    at: AwareDatetime
    seconds: float
    answer: int | None = None
    error: str | None = None


class Delivery(Contract):
    """One event and one target. `message_id` is Discord's; `attempts` are the last ones, oldest first."""

    event_id: UUID
    event_type: str
    status: DeliveryStatus
    first_at: AwareDatetime
    last_at: AwareDatetime
    tries: int
    message_id: str | None = None
    attempts: tuple[Attempt, ...] = ()


class DeliveryPage(Contract):
    """A page of deliveries; `next` is the cursor of the following one, null at the end."""

    items: tuple[Delivery, ...]
    next: str | None
