"""Dead letters: look at them, send them again, or let them go."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from nats.aio.client import Client
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError

from banstream_cli.terminal.exits import AnswerIsNo
from banstream_contracts import headers, streams, subjects

_OURS = {headers.DEAD_CONSUMER, headers.DEAD_CUT, headers.DEAD_REASON, headers.DEAD_SUBJECT}
_FOR_THE_SERVER = "Nats-"
"""Headers that tell the server what to do with a message were meant for its first time."""

_NOT_THERE = {10037, 10043, 10057}
"""JetStream's codes of a message that is not in the stream (a stream that is not there has others)."""

_RETRIED = subjects.COMMANDS.removesuffix(">")
_OF_A_TARGET = re.compile(rf"{streams.NOTIFIER}-([0-9a-f]{{24}})")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message of the stream DEAD."""

    sequence: int
    at: datetime | None
    consumer: str
    subject: str
    reason: str
    payload: bytes
    given: Mapping[str, str]

    @property
    def content(self) -> Any:  # noqa: ANN401 - whatever JSON it holds
        """The payload as JSON values, or as text where it is none."""
        try:
            return json.loads(self.payload)
        except ValueError:
            return self.payload.decode(errors="backslashreplace")

    @property
    def message_id(self) -> str:
        """The same for the same letter, so that retrying twice stores it once."""
        content = self.content
        known = content.get("command_id") if isinstance(content, dict) else None
        return f"retry-{self.sequence}-{known if isinstance(known, str) else sha256(self.payload).hexdigest()[:16]}"


async def letters(client: Client) -> AsyncIterator[DeadLetter]:
    """All there are, oldest first."""
    jetstream = client.jetstream()
    sequence = 1
    while True:
        try:
            message = await jetstream.get_msg(streams.DEAD, sequence, subject=subjects.DEAD, next=True)
        except APIError as error:
            if error.err_code in _NOT_THERE:
                return
            raise
        found = _letter(message)
        yield found
        sequence = found.sequence + 1


async def letter(client: Client, sequence: int) -> DeadLetter:
    """One of them; raises AnswerIsNo."""
    try:
        return _letter(await client.jetstream().get_msg(streams.DEAD, sequence))
    except APIError as error:
        if error.err_code in _NOT_THERE:
            raise AnswerIsNo(f"there is no dead letter {sequence}; see `banstream dead list`") from error
        raise


async def retry(client: Client, dead: DeadLetter) -> None:
    """Store it again under its own subject, and only then let the dead letter go.

    Commands only: EVENTS has one writer, the relay, which a second one would stop. Raises AnswerIsNo.
    """
    if not dead.subject.startswith(_RETRIED):
        why = f"{dead.sequence} is no command ({dead.subject or 'no subject'}): only commands are retried"
        raise AnswerIsNo(why + _instead(dead))
    if headers.DEAD_CUT in dead.given:
        raise AnswerIsNo(f"{dead.sequence} was too large to be kept whole: it cannot be sent again")
    kept = {
        name: value for name, value in dead.given.items() if name not in _OURS and not name.startswith(_FOR_THE_SERVER)
    }
    await client.jetstream().publish(
        dead.subject, dead.payload, stream=streams.COMMANDS, headers={**kept, headers.MESSAGE_ID: dead.message_id}
    )
    await drop(client, dead.sequence)


async def drop(client: Client, sequence: int) -> None:
    """Let it go for good; one that has gone meanwhile is no error."""
    try:
        await client.jetstream().delete_msg(streams.DEAD, sequence)
    except APIError as error:
        if error.err_code not in _NOT_THERE:
            raise


def _instead(dead: DeadLetter) -> str:
    """What to do with an event that a target was not told; nothing of others."""
    if (of_a_target := _OF_A_TARGET.fullmatch(dead.consumer)) is None:
        return ""
    target_id, event_id = of_a_target[1], dead.given.get(headers.EVENT_ID)
    look_up = "" if event_id else f"`banstream targets deliveries {target_id} --status dead` names the event, and "
    return (
        f"; {look_up}`banstream targets redeliver {target_id} {event_id or 'EVENT'}` tells it again,"
        f" after which `banstream dead drop {dead.sequence} --yes` lets the letter go"
    )


def _letter(message: RawStreamMsg) -> DeadLetter:
    given = message.headers or {}
    return DeadLetter(
        sequence=message.seq or 0,
        at=message.time,
        consumer=given.get(headers.DEAD_CONSUMER, ""),
        subject=given.get(headers.DEAD_SUBJECT, ""),
        reason=given.get(headers.DEAD_REASON, ""),
        payload=message.data or b"",
        given=given,
    )
