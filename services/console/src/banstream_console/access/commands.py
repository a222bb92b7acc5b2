"""What staff do: a form becomes a command, once, in their name."""

import hmac
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import orjson
from pydantic import ValidationError

from banstream_console.access.people import Person
from banstream_console.problems.exceptions import Away, Refused, Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_contracts.commands.command import Command
from banstream_contracts.results import CommandResult
from banstream_edge import errors
from banstream_edge.intake import Intake
from banstream_runtime.identifiers import idempotent_command_id, new_id
from banstream_runtime.telemetry import correlation_id

ONCE_FIELD = "once"
"""Made with every form, so that a form sent twice is one command."""

AnyCommand = TypeVar("AnyCommand", bound=Command)


class Commands:
    """Stores commands and waits for what became of them."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def build(self, person: Person, kind: type[AnyCommand], once: str, /, **fields: object) -> AnyCommand:
        """The command of a form. Raises Unfit, which names the fields that are wrong."""
        try:
            return kind(
                command_id=_command_id(person, kind, once),
                issued_at=datetime.now(UTC),
                actor=person.actor,
                correlation_id=correlation_id(),
                **fields,
            )
        except ValidationError as error:
            raise Unfit(wrongs_of(error)) from None

    async def send(self, command: Command) -> CommandResult | None:
        """What became of it; None: it is stored, and carried out later. Raises Away or Refused."""
        try:
            return await self._intake.submit(command)
        except errors.Refused as error:
            raise Refused(error.refusal) from None
        except errors.KeyReused:
            raise Unfit({"": Wrong("form-used")}) from None
        except errors.Unavailable as error:
            raise Away(Wrong("not-stored")) from error
        except errors.TooLarge as error:
            raise Away(Wrong("too-long")) from error

    async def store(self, command: Command) -> None:
        """Store a command and go on, whatever becomes of it. Raises Away."""
        try:
            await self._intake.store(command)
        except errors.Unavailable as error:
            raise Away(Wrong("not-stored")) from error
        except errors.TooLarge as error:
            raise Away(Wrong("too-long")) from error


def once_for(once: str, *said: object) -> str:
    """`once` for what a form says: sent again it is the same, filled in anew, as after going back to it, another.

    It is random and kept nowhere, so what is made of it tells nobody what was said.
    """
    return hmac.digest(once.encode(), orjson.dumps(said), "sha256").hex() if once else ""


def _command_id(person: Person, kind: type[Command], once: str) -> UUID:
    return idempotent_command_id(person.account.id, f"{kind.__name__} {once}") if once else new_id()
