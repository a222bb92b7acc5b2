"""An event before and after it has been appended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from banstream_contracts.infractions import Actor


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """What the writer knows. `data` is JSON: text, whole numbers, booleans, lists and objects of these.

    `version` is the place in its stream, from 1; `ordinal` the place among the events of its command, from 0.
    """

    stream: str
    version: int
    event_id: UUID
    type: str
    schema_version: int
    data: Mapping[str, Any]
    command_id: UUID
    ordinal: int
    correlation_id: UUID
    causation_id: UUID
    actor: Mapping[str, Any]
    traceparent: str | None
    occurred_at: datetime


class LoggedEvent(NewEvent, frozen=True, gc=False):
    """An event with its place in the log and its link to the event before."""

    position: int
    recorded_at: datetime
    previous_hash: bytes
    hash: bytes


class OpenedEvent(NamedTuple):
    """What a fold needs of an event of the log; what is personal is opened."""

    position: int
    stream: str
    version: int
    type: str
    data: Mapping[str, Any]
    actor: Actor
    occurred_at: datetime
