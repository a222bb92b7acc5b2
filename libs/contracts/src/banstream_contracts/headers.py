"""NATS headers: CloudEvents 1.0 in binary mode on EVENTS, and our own."""

import re
from datetime import datetime
from uuid import UUID

MESSAGE_ID = "Nats-Msg-Id"
EXPECTED_LAST_SEQUENCE = "Nats-Expected-Last-Sequence"
EXPECTED_SUBJECT_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"
MESSAGE_TTL = "Nats-TTL"

REPLY_TO = "Banstream-Reply"
"""On a command: where its result goes (JetStream uses the reply field for its own acknowledgement)."""

QUERY_ERROR = "Banstream-Error"
"""On the reply to a query that could not be answered: why, in one line; the body is then empty."""

SEALED_WITH = "Banstream-Sealed-With"
"""On the position of a bucket with sealed entries: the mark of the key, which tells nothing of it."""

DEAD_REASON = "Banstream-Dead-Reason"
DEAD_SUBJECT = "Banstream-Dead-Subject"
DEAD_CUT = "Banstream-Dead-Cut"
"""How many bytes the message had, where it was too large to be kept whole."""
DEAD_CONSUMER = "Banstream-Dead-Consumer"

EVENT_POSITION = "ce-position"
EVENT_ID = "ce-id"
EVENT_TYPE = "ce-type"
EVENT_SUBJECT = "ce-subject"
EVENT_TIME = "ce-time"
EVENT_SOURCE = "ce-source"


def source(service: str) -> str:
    """Whose log an event is of: its position counts there."""
    return f"banstream/{service}"


SOURCE_INFRACTIONS = source("infractions")

_plain = re.compile("[!#$&-~]*").fullmatch


def cloud_event(
    *,
    event_id: UUID | str,
    event_type: str,
    source: str,
    subject: str,
    occurred_at: datetime,
    position: int,
) -> dict[str, str]:
    """The headers of one event. `subject` is the log stream, `position` an extension: the log's own order.

    Percent-encodes what a header may not hold (CloudEvents HTTP binding 3.1.3.2, taken over for NATS).
    """
    return {
        "ce-specversion": "1.0",
        EVENT_ID: str(event_id),
        EVENT_TYPE: f"banstream.{event_type}",
        EVENT_SOURCE: source,
        EVENT_SUBJECT: _percent_encoded(subject),
        EVENT_TIME: occurred_at.isoformat().replace("+00:00", "Z"),
        EVENT_POSITION: str(position),
        "content-type": "application/json",
    }


def _percent_encoded(value: str) -> str:
    if _plain(value):
        return value
    return "".join(
        character
        if "\x21" <= character <= "\x7e" and character not in '"%'
        else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in value
    )
