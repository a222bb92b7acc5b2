"""Use cases: load what a batch of commands concerns, decide, append."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import UUID

from banstream_abuse_tracker.batch import Batch, Loaded, stream_of
from banstream_abuse_tracker.ports import Store
from banstream_contracts.abuse_commands import (
    AnyAbuseCommand,
    DismissIncidents,
    ForgetPlayer,
    PolicyCommand,
    RecordIncidents,
    RestartCount,
    RestoreIncidents,
)
from banstream_contracts.results import CommandResult
from banstream_decider.frame import failed, retried, undecided
from banstream_decider.ports import Received

COUNTED_AGAIN = (DismissIncidents, RestoreIncidents, RestartCount)
"""Commands that need the incidents themselves, and not only what they have come to."""


class AbuseTracker:
    """Decides commands and keeps what came of them. One process at a time uses it (the leader)."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        new_event_id: Callable[[], UUID],
    ) -> None:
        self._store = store
        self._now = now
        self._new_event_id = new_event_id

    async def execute(self, received: Sequence[Received[AnyAbuseCommand]]) -> list[CommandResult]:
        """Carry out commands in order; returns a result for each.

        All or none, but for forgetting a player, which is on its own: what comes after it is locked anew. A command
        that was carried out before gets its first result. Raises VersionConflict after three tries.
        """
        results: list[CommandResult] = []
        for is_alone, group in groupby(received, lambda each: isinstance(each.command, ForgetPlayer)):
            commands = list(group)
            for part in [[each] for each in commands] if is_alone else [commands]:
                results += await retried(partial(self._execute, part))
        return results

    async def give_up(self, command: AnyAbuseCommand, reason: str) -> CommandResult:
        """Keep that a command could not be handled; it is decided anew when an operator retries it."""
        result = failed(command, reason)
        async with self._store.transaction():
            await self._store.remember([result], self._now())
        return result

    async def do_due(self) -> int:
        """Nothing: quiet times are noticed at the next incident and on reading."""
        return 0

    async def _execute(self, received: Sequence[Received[AnyAbuseCommand]]) -> list[CommandResult]:
        async with self._store.transaction() as head:
            known = await self._store.outcomes(each.command.command_id for each in received)
            fresh = undecided(received, known)
            batch = Batch(
                await self._load(head, [each.command for each in fresh.values()]), self._now(), self._new_event_id
            )
            for each in fresh.values():
                batch.decide(each)
            if batch.events:
                await self._store.append(batch.events, self._now())
                await self._store.project(batch.changes)
                if batch.changes.forgotten:
                    await self._store.erase(batch.changes.forgotten, batch.position)
            if batch.results:
                await self._store.remember(list(batch.results.values()), self._now())
        results = {**known, **batch.results}
        return [results[each.command.command_id] for each in received]

    async def _load(self, head: int, commands: Sequence[AnyAbuseCommand]) -> Loaded:
        players = await self._store.players({stream for each in commands for stream in _streams(each)})
        counted_again = {stream_of(each.player) for each in commands if isinstance(each, COUNTED_AGAIN)}
        return Loaded(
            head=head,
            players=players,
            policies=await self._store.policies(),
            recorded=await self._store.recorded(
                {
                    incident.incident_id
                    for each in commands
                    if isinstance(each, RecordIncidents)
                    for incident in each.incidents
                }
            ),
            histories=await self._store.histories(counted_again) if counted_again else {},
        )


def _streams(command: AnyAbuseCommand) -> Iterator[str]:
    """The players that a command concerns."""
    if isinstance(command, RecordIncidents):
        yield from {stream_of(incident.player) for incident in command.incidents}
    elif not isinstance(command, PolicyCommand):
        yield stream_of(command.player)
