"""Events between the domain and the log: as they are decided, as they are kept, as they are published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from banstream_contracts import subjects
from banstream_contracts.events.event import Event, stored
from banstream_contracts.public_events import published
from banstream_event_log.event_stream import Render
from banstream_event_log.events import LoggedEvent, NewEvent, OpenedEvent

AnyEvent = TypeVar("AnyEvent", bound=Event)

_SCHEMA_VERSION = 1
_COLUMNS_OF_THE_LOG = {"actor", "occurred_at"}


class Cause(NamedTuple):
    """Where an event comes from.

    The log holds one event for each `command_id` and ordinal. `causation_id` is the command that caused it, where
    that is another: several incidents come in one command, and each has an id of its own.
    """

    command_id: UUID
    correlation_id: UUID
    traceparent: str | None = None
    causation_id: UUID | None = None


class Fact(NamedTuple):
    """An event as the log keeps it: the values that `stored` gives, actor and time apart.

    Who makes thousands of one kind a second may write them without the model that reads them back.
    """

    type: str
    stream: str
    data: Mapping[str, Any]
    actor: Mapping[str, Any]
    occurred_at: datetime


def fact_of(event: Event) -> Fact:
    """What was decided, as the log keeps it."""
    values = stored(event)
    data = {name: value for name, value in values.items() if name not in _COLUMNS_OF_THE_LOG}
    return Fact(values["type"], event.stream, data, values["actor"], event.occurred_at)


def new_event(event: Event, event_id: UUID, version: int, cause: Cause, ordinal: int) -> NewEvent:
    """An event as it goes into the log; `version` is its place in its stream."""
    return placed(fact_of(event), event_id, version, cause, ordinal)


def placed(fact: Fact, event_id: UUID, version: int, cause: Cause, ordinal: int) -> NewEvent:
    """The same of what has the log's form already."""
    return NewEvent(
        fact.stream,
        version,
        event_id,
        fact.type,
        _SCHEMA_VERSION,
        fact.data,
        cause.command_id,
        ordinal,
        cause.correlation_id,
        cause.causation_id or cause.command_id,
        fact.actor,
        cause.traceparent,
        fact.occurred_at,
    )


def event_of(logged: NewEvent | OpenedEvent, events: TypeAdapter[AnyEvent]) -> AnyEvent:
    """The event that a row of the log holds."""
    return events.validate_python({**logged.data, "actor": logged.actor, "occurred_at": logged.occurred_at})


def rendering(events: TypeAdapter[AnyEvent]) -> Render:
    """The subject and the body of a service's events as the public may read them."""

    def render(logged: LoggedEvent) -> tuple[str, dict[str, Any]]:
        return subjects.relayed_event(logged.type, event_of(logged, events).token), body_of(logged)

    return render


def body_of(logged: LoggedEvent) -> dict[str, Any]:
    """What the public may read of an event."""
    occurred_at = logged.occurred_at.isoformat().replace("+00:00", "Z")
    return published({**logged.data, "actor": logged.actor, "occurred_at": occurred_at})
