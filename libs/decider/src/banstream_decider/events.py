"""Events between the domain and the log: as they are decided, as they are kept, as they are published."""

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from banstream_contracts import subjects
from banstream_contracts.events import Event, stored
from banstream_contracts.public_events import published
from banstream_event_log.event_stream import Render
from banstream_event_log.events import LoggedEvent, NewEvent, OpenedEvent

AnyOfIts = TypeVar("AnyOfIts", bound=Event)

_SCHEMA_VERSION = 1
_COLUMNS_OF_THE_LOG = {"actor", "occurred_at"}


@dataclass(frozen=True, slots=True)
class Cause:
    """Where an event comes from.

    The log holds one event for each `command_id` and ordinal. `causation_id` is the command that caused it, where
    that is another: several incidents come in one command, and each has an id of its own.
    """

    command_id: UUID
    correlation_id: UUID
    traceparent: str | None = None
    causation_id: UUID | None = None


def new_event(event: Event, event_id: UUID, version: int, cause: Cause, ordinal: int) -> NewEvent:
    """An event as it goes into the log; `version` is its place in its stream."""
    values = stored(event)
    return NewEvent(
        stream=event.stream,
        version=version,
        event_id=event_id,
        type=values["type"],
        schema_version=_SCHEMA_VERSION,
        data={name: value for name, value in values.items() if name not in _COLUMNS_OF_THE_LOG},
        command_id=cause.command_id,
        ordinal=ordinal,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id or cause.command_id,
        actor=values["actor"],
        traceparent=cause.traceparent,
        occurred_at=event.occurred_at,
    )


def event_of(logged: LoggedEvent | OpenedEvent, events: TypeAdapter[AnyOfIts]) -> AnyOfIts:
    """The event that a row of the log holds."""
    return events.validate_python({**logged.data, "actor": logged.actor, "occurred_at": logged.occurred_at})


def rendering(events: TypeAdapter[AnyOfIts]) -> Render:
    """The subject and the body of a service's events as the public may read them."""

    def render(logged: LoggedEvent) -> tuple[str, dict[str, Any]]:
        return subjects.relayed_event(logged.type, event_of(logged, events).token), body_of(logged)

    return render


def body_of(logged: LoggedEvent) -> dict[str, Any]:
    """What the public may read of an event."""
    occurred_at = logged.occurred_at.isoformat().replace("+00:00", "Z")
    return published({**logged.data, "actor": logged.actor, "occurred_at": occurred_at})
