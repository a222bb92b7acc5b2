"""What the log says of a target: state, evolve. Pure; checks no rules.

What is shown of it is the contract's own `Target`; what opens it stands beside, still sealed.
"""

from datetime import datetime
from typing import Any, assert_never

from pydantic import AwareDatetime

from banstream_contracts.events.notifier import (
    AnyTargetEvent,
    TargetBroken,
    TargetChanged,
    TargetCreated,
    TargetPaused,
    TargetRedeliveryRequested,
    TargetRemoved,
    TargetResumed,
    TargetTestRequested,
)
from banstream_contracts.infractions import Contract
from banstream_contracts.notifier_targets import Target, TargetFilters, TargetStatus
from banstream_decider.documents import Document

_MOST_EARLIER = 20


class EarlierFilters(Contract):
    """Filters that held up to a time."""

    until: AwareDatetime
    filters: TargetFilters


class Record(Document):
    """A target as the log has made it.

    `earlier` filters, oldest first, hold for what waited when they changed. `since_version` is the version that last
    changed how the target is told: a request for a test does not.
    """

    target: Target
    sealed_url: str
    sealed_secret: str | None = None
    earlier: tuple[EarlierFilters, ...] = ()
    since_version: int = 1

    @property
    def version(self) -> int:
        """See `Document`."""
        return self.target.version

    def filters_at(self, moment: datetime) -> tuple[TargetFilters, ...]:
        """What something that happened then has to pass: what held at the time, and what holds now."""
        then = next((each.filters for each in self.earlier if moment < each.until), None)
        return (self.target.filters,) if then is None else (then, self.target.filters)


def create(event: TargetCreated) -> Record:
    """The target that the first event of its stream makes."""
    target = Target(
        id=event.target_id,
        name=event.name,
        kind=event.kind,
        address=event.address,
        filters=event.filters,
        language=event.language,
        display=event.display,
        created_at=event.occurred_at,
        created_by=event.actor,
        changed_at=event.occurred_at,
    )
    return Record(target=target, sealed_url=event.sealed_url, sealed_secret=event.sealed_secret)


def evolve(record: Record | None, event: AnyTargetEvent) -> Record:
    """The target after any event. Raises ValueError of one that was never created: the log would be broken."""
    if isinstance(event, TargetCreated):
        return create(event)
    if record is None:
        raise ValueError(f"{event.type} of a target that was never created")
    match event:
        case TargetChanged():
            return _changed(record, event)
        case TargetPaused():
            return _moved(record, event, status=TargetStatus.PAUSED)
        case TargetResumed():
            return _moved(record, event, status=TargetStatus.ACTIVE, broken_reason=None)
        case TargetBroken():
            return _moved(record, event, status=TargetStatus.BROKEN, broken_reason=event.reason)
        case TargetRemoved():
            return _moved(record, event).model_copy(update={"is_removed": True, "sealed_secret": None})
        case TargetTestRequested() | TargetRedeliveryRequested():
            return _moved(record, event).model_copy(update={"since_version": record.since_version})
        case _:
            assert_never(event)


def _changed(record: Record, event: TargetChanged) -> Record:
    earlier = record.earlier
    if event.filters != record.target.filters:
        earlier = (*earlier, EarlierFilters(until=event.occurred_at, filters=record.target.filters))[-_MOST_EARLIER:]
    moved = _moved(
        record,
        event,
        name=event.name,
        address=event.address,
        filters=event.filters,
        language=event.language,
        display=event.display,
    )
    return moved.model_copy(
        update={
            "earlier": earlier,
            "sealed_url": event.sealed_url or record.sealed_url,
            "sealed_secret": event.sealed_secret or record.sealed_secret,
        }
    )


def _moved(record: Record, event: AnyTargetEvent, **changes: Any) -> Record:  # noqa: ANN401 - fields of Target
    version = record.target.version + 1
    target = record.target.model_copy(update={"changed_at": event.occurred_at, "version": version, **changes})
    return record.model_copy(update={"target": target, "since_version": version})
