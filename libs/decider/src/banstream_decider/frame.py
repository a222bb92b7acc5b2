"""What use cases of every deciding service do alike: each command once, again on conflict, give up with a result."""

from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Generic, TypeVar
from uuid import UUID

from banstream_contracts.commands.command import Command
from banstream_contracts.results import CommandResult, Refusal
from banstream_decider.ports import AnyOfIts, Batch, Received, Store
from banstream_event_log.writing import VersionConflict

_ATTEMPTS = 3
_LONGEST_REASON = 1000

Outcome = TypeVar("Outcome")
AnyBatch = TypeVar("AnyBatch", bound=Batch[Any])


class BatchDecider(Generic[AnyOfIts, AnyBatch]):
    """The `Decider` of a service in which time alone changes nothing.

    `begin` makes a batch of the log's last position and of what it loads for commands; `write` puts what the batch
    changed besides the log. Commands of the classes `alone` are each in a transaction of its own.
    """

    def __init__(
        self,
        store: Store,
        begin: Callable[[int, Sequence[AnyOfIts]], Awaitable[AnyBatch]],
        write: Callable[[AnyBatch], Awaitable[None]],
        now: Callable[[], datetime],
        alone: tuple[type[Command], ...] = (),
    ) -> None:
        self._store = store
        self._begin = begin
        self._write = write
        self._now = now
        self._alone = alone

    async def execute(self, received: Sequence[Received[AnyOfIts]]) -> list[CommandResult]:
        """Carry out commands in order, all or none but for those that are alone; returns a result for each.

        A command that was carried out before gets its first result. Raises VersionConflict after three tries.
        """
        results: list[CommandResult] = []
        for part in parts(received, self._alone):
            results += await retried(partial(self._execute, part))
        return results

    async def give_up(self, command: AnyOfIts, reason: str) -> CommandResult:
        """Keep that a command could not be handled; it is decided anew when an operator retries it."""
        result = failed(command, reason)
        async with self._store.transaction():
            await self._store.remember([result], self._now())
        return result

    async def do_due(self, _decided_until: datetime) -> int:
        """Nothing."""
        return 0

    async def _execute(self, received: Sequence[Received[AnyOfIts]]) -> list[CommandResult]:
        async with self._store.transaction() as head:
            known = await self._store.outcomes(each.command.command_id for each in received)
            fresh = undecided(received, known)
            batch = await self._begin(head, [each.command for each in fresh.values()])
            for each in fresh.values():
                batch.decide(each)
            if batch.events:
                await self._store.append(batch.events, self._now())
                await self._write(batch)
            if batch.results:
                await self._store.remember(list(batch.results.values()), self._now())
        results = {**known, **batch.results}
        return [results[each.command.command_id] for each in received]


def parts(
    received: Iterable[Received[AnyOfIts]], alone: tuple[type[Command], ...]
) -> Iterator[list[Received[AnyOfIts]]]:
    """In order, what one transaction decides: all up to the next of a class that is alone, or that one."""
    for is_alone, group in groupby(received, lambda each: isinstance(each.command, alone)):
        if is_alone:
            yield from ([each] for each in group)
        else:
            yield list(group)


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
