"""Channels and operations of the AsyncAPI document: where messages go, and who sends them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from banstream_contracts import headers, streams, subjects
from banstream_contracts.documents.asyncapi_jetstream import stream_of
from banstream_contracts.documents.asyncapi_messages import DEAD_LETTER, QUERY_ERROR, message_name, on_the_bus
from banstream_contracts.documents.catalogue import Kind
from banstream_contracts.entries import ENTRIES
from banstream_contracts.queries.table import QUERIES
from banstream_contracts.results import CommandResult

JSON = dict[str, Any]

_TOKEN = "{token}"  # noqa: S105 - a parameter of an address, no secret
_RESULTS = "command_results"
_PARAMETERS: dict[str, JSON] = {
    "token": {
        "description": (
            "Whom it is about: `SERVICE=ID` of a player (`SERVICE==BASE64URL(ID)` where the id is not plain),"
            " `address=HASH`, `infraction=ID`, `credential=ID`, `policy=ID`, `request=ID`, `reporter=ID`, `server=ID`,"
            " `target=ID`, `tiering=ID`, `ban_file=ID`, `network=KEY`,"
            " `account=ID`, `appeal=ID`."
        ),
        "examples": ["roblox=156", "xbox==QSBCIEM"],
    },
    "credential_id": {"description": "The id of a server or token.", "examples": ["01948a00000000000000beef"]},
    "infraction_id": {"description": "The id of an infraction.", "examples": ["01948f6e79f0a1b2c3d4e5f6"]},
    "server_id": {"description": "The id of a game server.", "examples": ["01948a00000000000000beef"]},
    "account_id": {
        "description": "The id of an account: 24 hex digits of the SHA-256 of its name.",
        "examples": ["5b0f3fd6e5e34f9e8f6b1c2d"],
    },
    "session_hash": {"description": "SHA-256 of a session's cookie, in hex.", "examples": ["0" * 64]},
    "attempts_key": {
        "description": "`name.ACCOUNT_ID`, also of no account, or `address.HASH`.",
        "examples": ["name.5b0f3fd6e5e34f9e8f6b1c2d"],
    },
    "network_key": {
        "description": "A network: an autonomous system, or a range with `-` for `.` and `:`, and `_` for `/`.",
        "examples": ["AS13335", "192-0-2-0_24", "2001-db8--_32"],
    },
    "consumer": {
        "description": "Who could not handle the message.",
        "examples": list(dict.fromkeys(consumer.name for consumer in streams.CONSUMERS)),
    },
}


@dataclass(frozen=True, slots=True)
class Channel:
    """A subject and what the service does there. Without an address the subject is known only when it runs."""

    name: str
    address: str | None
    messages: tuple[str, ...]
    action: Literal["send", "receive"] | None = None
    reply_channel: str | None = None
    reply_address: str | None = None
    queue: str | None = None

    def definition(self) -> JSON:
        """The Channel Object."""
        definition: JSON = {
            "address": self.address,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in self.messages},
        }
        if parameters := re.findall(r"\{(\w+)\}", self.address or ""):
            definition["parameters"] = {name: _PARAMETERS[name] for name in parameters}
        if stream := stream_of(self.address or ""):
            definition["x-jetstream-stream"] = stream
        return definition

    def references(self) -> list[JSON]:
        """Its messages, as an operation names them."""
        return [{"$ref": f"#/channels/{self.name}/messages/{name}"} for name in self.messages]


def channels() -> dict[str, Channel]:
    """Every channel by its key."""
    return {channel.name: channel for channel in (*_commands(), *_events(), *_queries(), *_entries(), *_dead())}


def operations(known: dict[str, Channel]) -> dict[str, JSON]:
    """What the service does on its channels, by key."""
    return {f"{channel.action}_{name}": _operation(channel, known) for name, channel in known.items() if channel.action}


def _operation(channel: Channel, known: dict[str, Channel]) -> JSON:
    operation: JSON = {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": channel.references(),
    }
    if channel.queue:
        operation["bindings"] = {"nats": {"queue": channel.queue, "bindingVersion": "0.1.0"}}
    if channel.reply_channel:
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{channel.reply_channel}"},
            "messages": known[channel.reply_channel].references(),
        }
    if channel.reply_address:
        operation["reply"]["address"] = {"location": channel.reply_address}
    return operation


def _commands() -> Iterator[Channel]:
    yield Channel(_RESULTS, None, (CommandResult.__name__,))
    for message in on_the_bus():
        if message.kind is Kind.COMMAND:
            example: Any = message.example
            yield Channel(
                message.name,
                subjects.command(example).removesuffix(example.token) + _TOKEN,
                (message_name(message),),
                "receive",
                reply_channel=_RESULTS,
                reply_address=f"$message.header#/{headers.REPLY_TO}",
            )


def _events() -> Iterator[Channel]:
    for message in on_the_bus():
        if message.kind is Kind.EVENT:
            name, address = message.name.replace(".", "_"), subjects.event(message.name, _TOKEN)
            yield Channel(name, address, (message_name(message),), "send")


def _queries() -> Iterator[Channel]:
    """NATS carries the reply subject of a request by itself, so the reply needs no address in a header."""
    for spec in QUERIES:
        _, _, service, query = spec.subject.split(".")
        name = f"{service.replace('-', '_')}_{query}"
        reply = f"{name}_reply"
        yield Channel(name, spec.subject, (spec.query.__name__,), "receive", reply_channel=reply, queue=service)
        yield Channel(reply, None, (spec.reply.__name__, QUERY_ERROR))


def _entries() -> Iterator[Channel]:
    for entry in ENTRIES:
        name = f"{entry.bucket}_{entry.key.strip('{}')}"
        yield Channel(name, subjects.entry(entry.bucket, entry.key), (entry.value.__name__,), "send")


def _dead() -> Iterator[Channel]:
    yield Channel("dead_letters", subjects.dead("{consumer}"), (DEAD_LETTER,), "send")
