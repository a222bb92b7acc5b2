"""What use cases of every deciding service do alike: each command once, again on conflict, give up with a result."""

from collections.abc import Awaitable, Callable, Container, Iterable
from typing import TypeVar
from uuid import UUID

from banstream_contracts.commands import Command
from banstream_contracts.results import CommandResult, Refusal
from banstream_decider.ports import AnyOfIts, Received
from banstream_event_log.writing import VersionConflict

_ATTEMPTS = 3
_LONGEST_REASON = 1000

Outcome = TypeVar("Outcome")


async def retried(attempt: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Load, decide and append, again when somebody else appended meanwhile. Raises VersionConflict the third time."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except VersionConflict:
            continue
    return await attempt()


def undecided(received: Iterable[Received[AnyOfIts]], known: Container[UUID]) -> dict[UUID, Received[AnyOfIts]]:
    """What has no outcome yet, by id: of several with one id the first, and that is the outcome of all."""
    fresh: dict[UUID, Received[AnyOfIts]] = {}
    for each in received:
        if each.command.command_id not in known:
            fresh.setdefault(each.command.command_id, each)
    return fresh


def failed(command: Command, reason: str) -> CommandResult:
    """The result of a command that could not be handled; it is decided anew when an operator retries it."""
    return CommandResult(
        command_id=command.command_id,
        status="refused",
        position=0,
        refusal=Refusal(code="failed", message=reason[:_LONGEST_REASON]),
        fingerprint=command.fingerprint,
    )
