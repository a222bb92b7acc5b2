"""Every message there is, found by walking the contracts: nothing is listed here that could be forgotten."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter

from banstream_contracts.commands.abuse import ABUSE_COMMAND, AnyAbuseCommand
from banstream_contracts.commands.ban_files import BAN_FILE_COMMAND, AnyBanFileCommand
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.log_sources import LOG_SOURCE_COMMAND, AnyLogSourceCommand
from banstream_contracts.commands.notifier import TARGET_COMMAND, AnyTargetCommand
from banstream_contracts.documents.schemas import Schema, public_schema_of, schema_of
from banstream_contracts.entries import ENTRIES
from banstream_contracts.events.abuse import ABUSE_EVENT
from banstream_contracts.events.ban_files import BAN_FILE_EVENT
from banstream_contracts.events.event import stored
from banstream_contracts.events.log_sources import LOG_SOURCE_EVENT
from banstream_contracts.events.notifier import TARGET_EVENT
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.infraction_messages import COMMAND, EVENT, AnyCommand
from banstream_contracts.public_events import EVENT_MODELS, PUBLIC_EVENT, published
from banstream_contracts.queries.table import QUERIES
from banstream_contracts.results import CommandResult
from banstream_contracts.streams import ABUSE_TRACKER, DAYZ_FEED, FTP_SYNC, INFRACTIONS, NOTIFIER

COMMAND_MODELS: tuple[type[Command], ...] = (
    *get_args(get_args(AnyCommand)[0]),
    *get_args(get_args(AnyAbuseCommand)[0]),
    *get_args(get_args(AnyTargetCommand)[0]),
    *get_args(get_args(AnyBanFileCommand)[0]),
    *get_args(get_args(AnyLogSourceCommand)[0]),
)
"""Every command there is, whichever service decides it."""

_COMMANDS: dict[str, TypeAdapter[Any]] = {
    INFRACTIONS: COMMAND,
    ABUSE_TRACKER: ABUSE_COMMAND,
    NOTIFIER: TARGET_COMMAND,
    FTP_SYNC: BAN_FILE_COMMAND,
    DAYZ_FEED: LOG_SOURCE_COMMAND,
}
_EVENTS: dict[str, TypeAdapter[Any]] = {
    INFRACTIONS: EVENT,
    ABUSE_TRACKER: ABUSE_EVENT,
    NOTIFIER: TARGET_EVENT,
    FTP_SYNC: BAN_FILE_EVENT,
    DAYZ_FEED: LOG_SOURCE_EVENT,
}


class Kind(StrEnum):
    """Where a message is found: on COMMANDS, on EVENTS, in the log, in a reply, in a KV bucket."""

    COMMAND = "command"
    EVENT = "event"
    STORED = "stored"
    QUERY = "query"
    REPLY = "reply"
    RESULT = "result"
    ENTRY = "entry"

    @property
    def is_answered(self) -> bool:
        """Whether others write it and we read it."""
        return self in {Kind.COMMAND, Kind.QUERY}


@dataclass(frozen=True, slots=True)
class Message:
    """One message: how it is read, how it is written as JSON values, and an example with every field."""

    kind: Kind
    name: str
    model: type[BaseModel]
    to_schema: Callable[[Any], Schema]
    read: Callable[[bytes], BaseModel]
    write: Callable[[Any], Any]

    @property
    def schema(self) -> Schema:
        """The JSON Schema of what is sent, made anew: that takes milliseconds, and most who walk do not ask."""
        return self.to_schema(self.model)

    @property
    def example(self) -> BaseModel:
        """An instance with every field set. Raises LookupError where `examples` has none yet."""
        try:
            return EXAMPLES[self.model]
        except KeyError:
            raise LookupError(f"no module of examples has {self.model.__name__}") from None

    @property
    def example_json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The example as JSON values."""
        return self.write(self.example)


def messages() -> Iterator[Message]:
    """Every message."""
    for command in COMMAND_MODELS:
        name = command.model_fields["type"].default
        yield Message(Kind.COMMAND, name, command, schema_of, _COMMANDS[command.service].validate_json, _json_values)
    for event in EVENT_MODELS:
        name = event.model_fields["type"].default
        yield Message(Kind.STORED, name, event, schema_of, _EVENTS[event.service].validate_json, stored)
        yield Message(Kind.EVENT, name, event, public_schema_of, PUBLIC_EVENT.validate_json, _published)
    yield _plain(Kind.RESULT, CommandResult)
    for query in dict.fromkeys(spec.query for spec in QUERIES):
        yield _plain(Kind.QUERY, query)
    for reply in dict.fromkeys(spec.reply for spec in QUERIES):
        yield _plain(Kind.REPLY, reply)
    for value in dict.fromkeys(entry.value for entry in ENTRIES):
        yield _plain(Kind.ENTRY, value)


def _plain(kind: Kind, model: type[BaseModel]) -> Message:
    return Message(kind, model.__name__, model, schema_of, model.model_validate_json, _json_values)


def _json_values(instance: BaseModel) -> object:
    return instance.model_dump(mode="json")


def _published(event: Any) -> object:  # noqa: ANN401 - the union of all events
    return published(stored(event))
