"""An event as it comes from EVENTS. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
from pydantic import ValidationError

from banstream_contracts import headers
from banstream_contracts.public_events import PUBLIC_EVENT, AnyPublicEvent

_PREFIX = "banstream."
_TIMED = 7
"""The version of UUIDs that begin with milliseconds (RFC 9562)."""
_BELOW_MILLISECONDS = 80
_SHORT_ID = re.compile(r"[0-9a-f]{24}")
_KEYS = {"infraction": "infraction_id", "call": "call_id"}


class NoEvent(ValueError):
    """A message that is no event of ours; the message says why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event and where it stood.

    `event` is None of a type that this release does not know. `sequence` is its place on EVENTS, or that of the
    request to tell it `again`.
    """

    event_id: UUID
    type: str
    attributes: Mapping[str, str]
    body: Mapping[str, Any]
    event: AnyPublicEvent | None
    stored_at: datetime
    sequence: int
    again: bool = False

    @property
    def recorded_at(self) -> datetime:
        """When it was decided, which its id tells: an EVENTS that was filled anew stored it later than that."""
        if self.event_id.version != _TIMED:
            return self.stored_at
        told_by_id = (self.event_id.int >> _BELOW_MILLISECONDS) / 1000
        return datetime.fromtimestamp(min(told_by_id, self.stored_at.timestamp()), UTC)

    @property
    def message_key(self) -> str | None:
        """The infraction or the call that this event changes: its message is found by it and follows it."""
        aggregate, _, _ = self.type.partition(".")
        found = self.body.get(_KEYS.get(aggregate, ""))
        return found if isinstance(found, str) and _SHORT_ID.fullmatch(found) else None


def envelope(sent: Mapping[str, str], payload: bytes, *, sequence: int, stored_at: datetime) -> Envelope:
    """Of a message's headers and body. Raises NoEvent."""
    try:
        event_id = UUID(sent[headers.EVENT_ID])
        kind = sent[headers.EVENT_TYPE].removeprefix(_PREFIX)
        body = orjson.loads(payload)
    except (KeyError, ValueError) as error:
        raise NoEvent(f"no CloudEvent: {type(error).__name__}") from error
    if not isinstance(body, dict):
        raise NoEvent("its body is no JSON object")
    return Envelope(event_id, kind, dict(sent), body, _event(body), stored_at, sequence)


def cloud_event(told: Envelope) -> dict[str, Any]:
    """CloudEvents 1.0 in structured mode."""
    sent = told.attributes
    position = sent.get(headers.EVENT_POSITION, "")
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(told.event_id),
        "source": sent.get(headers.EVENT_SOURCE, _PREFIX.rstrip(".")),
        "type": f"{_PREFIX}{told.type}",
        "subject": unquote(sent.get(headers.EVENT_SUBJECT, "")) or None,
        "time": sent.get(headers.EVENT_TIME) or told.stored_at.astimezone(UTC).isoformat(),
        "datacontenttype": "application/json",
        "position": int(position) if position.isdecimal() else None,
        "traceparent": sent.get("traceparent"),
        "data": dict(told.body),
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _event(body: dict[str, Any]) -> AnyPublicEvent | None:
    try:
        return PUBLIC_EVENT.validate_python(body)
    except ValidationError:
        return None
