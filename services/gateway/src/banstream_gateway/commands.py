"""From a request to a command: who, once, and exactly this."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from banstream_contracts.commands.command import Command
from banstream_gateway.endpoints import Call
from banstream_gateway.problems import Malformed, invalid_fields
from banstream_runtime.identifiers import idempotent_command_id, new_id
from banstream_runtime.telemetry import correlation_id

IDEMPOTENCY_KEY = "Idempotency-Key"
_LONGEST_KEY = 255

AnyCommandType = TypeVar("AnyCommandType", bound=Command)


def build(call: Call, command: type[AnyCommandType], **fields: object) -> AnyCommandType:
    """The command that a call asks for. Raises Malformed or Invalid."""
    call.fingerprint = None if has_own_id(call) else _fingerprint(call)
    try:
        return command(
            command_id=_command_id(call, command.service),
            issued_at=datetime.now(UTC),
            actor=call.actor,
            correlation_id=correlation_id(),
            fingerprint=call.fingerprint,
            **fields,
        )
    except ValidationError as error:
        raise invalid_fields(error) from None


def has_own_id(call: Call) -> bool:
    """Whether the command of a call is new for sure: nobody can repeat an id that was made for it."""
    return call.person is None and IDEMPOTENCY_KEY not in call.request.headers


def _command_id(call: Call, service: str) -> UUID:
    """A key names one command of each service: what it became is asked of that one only."""
    if call.person is not None:
        return call.person.command_id
    key = call.request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return new_id()
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Malformed(f"{IDEMPOTENCY_KEY} is 1 to {_LONGEST_KEY} printable ASCII characters.")
    named = key if service == Command.service else f"{service}\n{key}"
    return idempotent_command_id(call.credential.id, named)


def _fingerprint(call: Call) -> str:
    """What tells another request under the same id: the same however it was spaced, whichever way its token came."""
    body = call.body
    content = body.model_dump(mode="json", exclude_unset=True) if isinstance(body, BaseModel) else body
    canonical = json.dumps(content, sort_keys=True)
    return sha256(f"{call.request.method}\n{call.path}\n{canonical}".encode()).hexdigest()
