"""Messages and schemas of the AsyncAPI document."""

import inspect
from collections.abc import Iterator
from typing import Any

from banstream_contracts import headers, streams
from banstream_contracts.documents.asyncapi_headers import HEADERS, example_headers, headers_schema_name
from banstream_contracts.documents.catalogue import Kind, Message, messages
from banstream_contracts.documents.schemas import DEFINITIONS, Schema

JSON = dict[str, Any]

DEAD_LETTER = "DeadLetter"
QUERY_ERROR = "QueryError"

_SCHEMAS = "#/components/schemas/"


def on_the_bus() -> Iterator[Message]:
    """Every message but what only the log holds."""
    return (message for message in messages() if message.kind is not Kind.STORED)


def message_name(message: Message) -> str:
    """The key of a message in the document."""
    return message.model.__name__


def message_components() -> dict[str, JSON]:
    """Every message by its key."""
    return {
        **{message_name(message): _message(message) for message in on_the_bus()},
        DEAD_LETTER: _dead_letter(),
        QUERY_ERROR: _query_error(),
    }


def schema_components() -> dict[str, Schema]:
    """Every schema by its key, also those of headers. Raises ValueError where two have the same key."""
    schemas = dict(HEADERS)
    for message in on_the_bus():
        schema = _as_component(message.schema)
        for name, each in {**schema.pop("$defs", {}), message_name(message): schema}.items():
            if schemas.setdefault(name, each) != each:
                raise ValueError(f"two different schemas are called {name}")
    return schemas


def _message(message: Message) -> JSON:
    name = message_name(message)
    sentences = inspect.getdoc(message.model) or ""
    definition: JSON = {
        "name": getattr(message.example, "type", name),
        "title": name,
        "summary": sentences.partition("\n")[0],
        "contentType": "application/json",
        "payload": {"$ref": _SCHEMAS + name},
        "examples": [{"name": "every_field", "payload": message.example_json}],
    }
    if "correlation_id" in message.model.model_fields:
        definition["correlationId"] = {"location": "$message.payload#/correlation_id"}
    if schema := headers_schema_name(message.kind):
        definition["headers"] = {"$ref": _SCHEMAS + schema}
        definition["examples"][0]["headers"] = example_headers(message)
    return definition


def _dead_letter() -> JSON:
    return {
        "name": DEAD_LETTER,
        "title": DEAD_LETTER,
        "summary": "What a consumer could not handle, byte for byte as it came.",
        "contentType": "application/octet-stream",
        "headers": {"$ref": _SCHEMAS + "DeadLetterHeaders"},
        "payload": {"description": "The message, whatever it was."},
        "examples": [
            {
                "name": "unreadable",
                "headers": {
                    headers.DEAD_CONSUMER: streams.INFRACTIONS,
                    headers.DEAD_SUBJECT: "banstream.command.infractions.issue_infraction.roblox=156",
                    headers.DEAD_REASON: "unreadable: a field is missing",
                },
            }
        ],
    }


def _query_error() -> JSON:
    return {
        "name": QUERY_ERROR,
        "title": QUERY_ERROR,
        "summary": "A query that could not be answered; the body is empty.",
        "headers": {"$ref": _SCHEMAS + "QueryErrorHeaders"},
        "examples": [{"name": "failed", "headers": {headers.QUERY_ERROR: "ConnectionError"}}],
    }


def _as_component(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """The same with references into the document.

    Draft 7, which AsyncAPI builds on, ignores what stands beside a `$ref`: it then goes into an `allOf`.
    """
    match schema:
        case {"$ref": str(reference), **beside}:
            moved = {"$ref": reference.replace(DEFINITIONS, _SCHEMAS)}
            return {"allOf": [moved], **_as_component(beside)} if beside else moved
        case dict():
            return {name: _as_component(value) for name, value in schema.items()}
        case list():
            return [_as_component(value) for value in schema]
        case _:
            return schema
