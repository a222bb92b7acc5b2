"""The hash chain that makes a changed, removed or inserted row evident.

`hash = SHA-256(previous_hash || canonical)`, where canonical is the JSON object of all other columns with
sorted keys, no blanks, UTF-8 and times as `2026-01-02T03:04:05.000006Z`: for the values a log holds this is
RFC 8785. The first row follows 32 zero bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_runtime.compact import compact_json

GENESIS = bytes(32)
_MOMENTS = 256
"""Times that are remembered as text: those of a batch are few, and to write one took as long as all else of a row."""


class Written(NamedTuple):
    """What an event and its row both need: JSON that is made once."""

    actor: orjson.Fragment
    data: orjson.Fragment


def link(
    event: NewEvent, position: int, recorded_at: datetime, previous_hash: bytes, written: Written | None = None
) -> LoggedEvent:
    """Give an event its place and its hash; `written` are its actor and data as `fragment` gives them."""
    return LoggedEvent(
        stream=event.stream,
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        schema_version=event.schema_version,
        data=event.data,
        command_id=event.command_id,
        ordinal=event.ordinal,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        actor=event.actor,
        traceparent=event.traceparent,
        occurred_at=event.occurred_at,
        position=position,
        recorded_at=recorded_at,
        previous_hash=previous_hash,
        hash=digest(event, position, recorded_at, previous_hash, written),
    )


def digest(
    event: NewEvent, position: int, recorded_at: datetime, previous_hash: bytes, written: Written | None = None
) -> bytes:
    """The hash the row must have."""
    return sha256(previous_hash + canonical(event, position, recorded_at, written)).digest()


def fragment(values: Mapping[str, Any]) -> orjson.Fragment:
    """JSON as it is hashed, to be written again and again."""
    return orjson.Fragment(compact_json(values, default=_text, option=orjson.OPT_SORT_KEYS))


def canonical(event: NewEvent, position: int, recorded_at: datetime, written: Written | None = None) -> bytes:
    """The bytes that are hashed. The names stand in their order, so that only what they hold has to be sorted."""
    actor, data = written or Written(fragment(event.actor), fragment(event.data))
    return orjson.dumps(
        {
            "actor": actor,
            "causation_id": event.causation_id,
            "command_id": event.command_id,
            "correlation_id": event.correlation_id,
            "data": data,
            "event_id": event.event_id,
            "occurred_at": _time(event.occurred_at),
            "ordinal": event.ordinal,
            "position": position,
            "recorded_at": _time(recorded_at),
            "schema_version": event.schema_version,
            "stream": event.stream,
            "traceparent": event.traceparent,
            "type": event.type,
            "version": event.version,
        },
        default=_text,
    )


def broken_by(event: LoggedEvent, previous: LoggedEvent | None) -> str | None:
    """Why the row does not follow the one before it, or None where it does."""
    expected_position = previous.position + 1 if previous else 1
    if event.position != expected_position:
        return f"position {expected_position} is missing"
    if event.previous_hash != (previous.hash if previous else GENESIS):
        return "it does not name the hash of the row before it"
    if event.hash != digest(event, event.position, event.recorded_at, event.previous_hash):
        return "its content does not have its hash"
    return None


def _text(value: object) -> str:
    """Of the database driver's own kind of UUID, which comes with what was read; others are text already."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


@lru_cache(_MOMENTS)
def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
