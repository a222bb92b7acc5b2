"""What the NATS headers of each kind of message hold, as JSON Schema, with examples."""

from typing import Any

from banstream_contracts import headers, streams
from banstream_contracts.documents.catalogue import Kind, Message
from banstream_contracts.documents.schemas import Schema
from banstream_contracts.examples.parts import EVENT_ID, POSITION
from banstream_contracts.public_events import EVENT_MODELS

TRACE_CONTEXT = "traceparent"
_TRACE_EXAMPLE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_INBOX_EXAMPLE = "_INBOX.w1vUbDrhUcZ4oWnVoM8zEa.7"

_TRACE: Schema = {
    "type": "string",
    "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
    "description": "W3C trace context.",
}
_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]+$"}
_EXPECTED: Schema = {
    **_NUMBER,
    "description": "The stream's last sequence before this message: its only writer cannot be overtaken.",
}

HEADERS: dict[str, Schema] = {
    "CommandHeaders": {
        "type": "object",
        "required": [headers.MESSAGE_ID],
        "properties": {
            headers.MESSAGE_ID: {
                "type": "string",
                "format": "uuid",
                "description": "`command_id`: the same command again within the duplicate window is not stored twice.",
            },
            headers.REPLY_TO: {
                "type": "string",
                "description": "Where the result goes; only a subject under `_INBOX.` is answered.",
            },
            TRACE_CONTEXT: _TRACE,
        },
    },
    "EventHeaders": {
        "type": "object",
        "description": "CloudEvents 1.0, binary content mode.",
        "required": [
            "ce-specversion",
            headers.EVENT_ID,
            headers.EVENT_TYPE,
            headers.EVENT_SOURCE,
            headers.EVENT_SUBJECT,
            headers.EVENT_TIME,
            headers.EVENT_POSITION,
            "content-type",
            headers.MESSAGE_ID,
        ],
        "properties": {
            "ce-specversion": {"type": "string", "const": "1.0"},
            headers.EVENT_ID: {"type": "string", "format": "uuid", "description": "UUIDv7, the same on redelivery."},
            headers.EVENT_TYPE: {
                "type": "string",
                "pattern": "^banstream\\.",
                "description": "`banstream.` and the event's `type`.",
            },
            headers.EVENT_SOURCE: {
                "type": "string",
                "enum": [headers.source(service) for service in dict.fromkeys(m.service for m in EVENT_MODELS)],
                "description": "Whose log it is.",
            },
            headers.EVENT_SUBJECT: {
                "type": "string",
                "pattern": "^[!-~]+$",
                "description": "The log stream, such as `player:roblox:156`, percent-encoded where needed.",
            },
            headers.EVENT_TIME: {"type": "string", "format": "date-time", "description": "`occurred_at`."},
            headers.EVENT_POSITION: {**_NUMBER, "description": "The position in that log: gapless over its events."},
            "content-type": {"type": "string", "const": "application/json"},
            headers.MESSAGE_ID: {"type": "string", "format": "uuid", "description": f"The same as {headers.EVENT_ID}."},
            headers.EXPECTED_LAST_SEQUENCE: _EXPECTED,
            TRACE_CONTEXT: _TRACE,
        },
    },
    "EntryHeaders": {
        "type": "object",
        "properties": {
            headers.MESSAGE_TTL: {
                **_NUMBER,
                "description": f"Of an entry with no restriction: it ends {streams.CLEARED_TTL_SECONDS} s later.",
            },
            headers.SEALED_WITH: {
                "type": "string",
                "description": "On the position of a bucket with sealed entries: the mark of their key.",
            },
            headers.EXPECTED_LAST_SEQUENCE: _EXPECTED,
            headers.EXPECTED_SUBJECT_SEQUENCE: {
                **_NUMBER,
                "description": "The entry's last sequence, where several write: who was overtaken reads it again.",
            },
        },
    },
    "DeadLetterHeaders": {
        "type": "object",
        "description": "The headers of the message, and why it is here.",
        "required": [headers.DEAD_CONSUMER, headers.DEAD_SUBJECT, headers.DEAD_REASON],
        "properties": {
            headers.DEAD_CONSUMER: {"type": "string", "description": "Who could not handle it."},
            headers.DEAD_SUBJECT: {"type": "string", "description": "Where it was published."},
            headers.DEAD_REASON: {"type": "string", "description": "Why it could not be handled, in one line."},
            headers.DEAD_CUT: {"type": "string", "description": "The size it had, where it was too large to keep."},
        },
    },
    "QueryErrorHeaders": {
        "type": "object",
        "required": [headers.QUERY_ERROR],
        "properties": {headers.QUERY_ERROR: {"type": "string", "description": "Why, in one line."}},
    },
    "QueryHeaders": {"type": "object", "properties": {TRACE_CONTEXT: _TRACE}},
}
"""By the name of their schema."""

_OF_KIND = {
    Kind.COMMAND: "CommandHeaders",
    Kind.EVENT: "EventHeaders",
    Kind.QUERY: "QueryHeaders",
    Kind.ENTRY: "EntryHeaders",
}


def headers_schema_name(kind: Kind) -> str | None:
    """The schema of a message's headers; None where it has none of ours."""
    return _OF_KIND.get(kind)


def example_headers(message: Message) -> dict[str, str]:
    """Headers that could stand on a message's example."""
    example: Any = message.example
    match message.kind:
        case Kind.COMMAND:
            return {
                headers.MESSAGE_ID: str(example.command_id),
                headers.REPLY_TO: _INBOX_EXAMPLE,
                TRACE_CONTEXT: _TRACE_EXAMPLE,
            }
        case Kind.EVENT:
            return _event_headers(example)
        case Kind.QUERY:
            return {TRACE_CONTEXT: _TRACE_EXAMPLE}
        case _:
            return {}


def _event_headers(event: Any) -> dict[str, str]:  # noqa: ANN401 - the union of all events
    cloud_event = headers.cloud_event(
        event_id=EVENT_ID,
        event_type=event.type,
        source=headers.source(event.service),
        subject=event.stream,
        occurred_at=event.occurred_at,
        position=POSITION,
    )
    return {**cloud_event, headers.MESSAGE_ID: str(EVENT_ID), TRACE_CONTEXT: _TRACE_EXAMPLE}
