"""Use cases: load what a batch of commands concerns, decide, append."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.ban_file_commands import AnyBanFileCommand
from banstream_contracts.results import CommandResult
from banstream_decider.frame import failed, retried, undecided
from banstream_decider.ports import Received
from banstream_ftp_sync.batch import Batch
from banstream_ftp_sync.ports import Store
from banstream_ftp_sync.sealing import Opener


class FtpSync:
    """Decides commands and keeps what came of them. One process at a time uses it (the leader)."""

    def __init__(
        self, store: Store, opener: Opener, now: Callable[[], datetime], new_event_id: Callable[[], UUID]
    ) -> None:
        self._store = store
        self._opener = opener
        self._now = now
        self._new_event_id = new_event_id

    async def execute(self, received: Sequence[Received[AnyBanFileCommand]]) -> list[CommandResult]:
        """Carry out commands in order, all or none; returns a result for each.

        A command that was carried out before gets its first result. Raises VersionConflict after three tries.
        """
        return await retried(lambda: self._execute(received))

    async def give_up(self, command: AnyBanFileCommand, reason: str) -> CommandResult:
        """Keep that a command could not be handled; it is decided anew when an operator retries it."""
        result = failed(command, reason)
        async with self._store.transaction():
            await self._store.remember([result], self._now())
        return result

    async def do_due(self) -> int:
        """Nothing: time alone changes no ban file here; bans that end are events of infractions."""
        return 0

    async def _execute(self, received: Sequence[Received[AnyBanFileCommand]]) -> list[CommandResult]:
        async with self._store.transaction() as head:
            outcomes = await self._store.outcomes(each.command.command_id for each in received)
            fresh = undecided(received, outcomes)
            records = await self._store.records({each.command.ban_file_id for each in fresh.values()})
            batch = Batch(head, records, self._opener, self._new_event_id)
            for each in fresh.values():
                batch.decide(each)
            if batch.events:
                await self._store.append(batch.events, self._now())
                await self._store.project(batch.changed)
            if batch.results:
                await self._store.remember(list(batch.results.values()), self._now())
        results = {**outcomes, **batch.results}
        return [results[each.command.command_id] for each in received]
