"""Use cases: load what a batch of commands concerns, decide, append."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.notifier_commands import AnyTargetCommand, RedeliverDelivery
from banstream_contracts.results import CommandResult
from banstream_decider.frame import failed, retried, undecided
from banstream_decider.ports import Received
from banstream_notifier.batch import Batch, Loaded
from banstream_notifier.ports import Holds, Store
from banstream_notifier.sealing import Opener


class Notifier:
    """Decides commands and keeps what came of them. One process at a time uses it (the leader)."""

    def __init__(
        self,
        store: Store,
        holds: Holds,
        opener: Opener,
        now: Callable[[], datetime],
        new_event_id: Callable[[], UUID],
    ) -> None:
        self._store = store
        self._holds = holds
        self._opener = opener
        self._now = now
        self._new_event_id = new_event_id

    async def execute(self, received: Sequence[Received[AnyTargetCommand]]) -> list[CommandResult]:
        """Carry out commands in order, all or none; returns a result for each.

        A command that was carried out before gets its first result. Raises VersionConflict after three tries.
        """
        return await retried(lambda: self._execute(received))

    async def give_up(self, command: AnyTargetCommand, reason: str) -> CommandResult:
        """Keep that a command could not be handled; it is decided anew when an operator retries it."""
        result = failed(command, reason)
        async with self._store.transaction():
            await self._store.remember([result], self._now())
        return result

    async def do_due(self) -> int:
        """Nothing: time alone changes no target."""
        return 0

    async def _execute(self, received: Sequence[Received[AnyTargetCommand]]) -> list[CommandResult]:
        async with self._store.transaction() as head:
            outcomes = await self._store.outcomes(each.command.command_id for each in received)
            fresh = undecided(received, outcomes)
            loaded = await self._load(head, [each.command for each in fresh.values()])
            batch = Batch(loaded, self._opener, self._new_event_id)
            for each in fresh.values():
                batch.decide(each)
            if batch.events:
                await self._store.append(batch.events, self._now())
                await self._store.project(batch.changed)
            if batch.results:
                await self._store.remember(list(batch.results.values()), self._now())
        results = {**outcomes, **batch.results}
        return [results[each.command.command_id] for each in received]

    async def _load(self, head: int, commands: Sequence[AnyTargetCommand]) -> Loaded:
        sequences: dict[UUID, int | None] = {}
        gone: set[UUID] = set()
        for each in commands:
            if isinstance(each, RedeliverDelivery):
                sequence = await self._store.sequence(each.target_id, each.event_id)
                sequences[each.command_id] = sequence
                if sequence is not None and not await self._holds(sequence, each.event_id):
                    gone.add(each.command_id)
        records = await self._store.records({each.target_id for each in commands})
        return Loaded(head, records, sequences, frozenset(gone))
