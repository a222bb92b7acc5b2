"""The use cases' frame on a store in memory: conflicts are retried, a batch is all or nothing."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from banstream_contracts.infractions import Standing
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.log import VersionConflict
from banstream_infractions.batch import Changes
from banstream_infractions.ports import Store
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.infractions import MASTER_KEY, issue


class MemoryStore:
    """A store that meets as many conflicts as it is told."""

    def __init__(self, conflicts: int) -> None:
        self.conflicts = conflicts
        self.log: list[LoggedEvent] = []
        self.results: dict[UUID, CommandResult] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        yield len(self.log)

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        return {each: self.results[each] for each in command_ids if each in self.results}

    async def streams_of(self, ids: Iterable[str]) -> dict[str, str]:
        return {each.data["infraction_id"]: each.stream for each in self.log if each.data["infraction_id"] in {*ids}}

    async def load(self, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
        return {stream: [each for each in self.log if each.stream == stream] for stream in streams}

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        if self.conflicts:
            self.conflicts -= 1
            raise VersionConflict
        head = len(self.log)
        logged = [link(event, head + place, recorded_at, GENESIS) for place, event in enumerate(events, 1)]
        self.log += logged
        return logged

    async def project(self, changes: Changes) -> None:
        """Nothing reads it here."""

    async def remember(self, results: Sequence[CommandResult], _decided_at: datetime) -> None:
        self.results |= {result.command_id: result for result in results}

    async def standings(self, keys: Iterable[str]) -> dict[str, Standing]:
        return {key: Standing(position=len(self.log)) for key in keys}

    async def due_streams(self, _now: datetime, _limit: int) -> list[str]:
        return []

    async def person_keys(self, _persons: Iterable[str]) -> dict[str, bytes]:
        return {}

    async def add_person_keys(self, wrapped: Mapping[str, bytes]) -> None:
        """No personal data here."""


def infractions(store: Store) -> Infractions:
    return Infractions(store, Privacy(MASTER_KEY), lambda: datetime.now(UTC), new_id)


@pytest.mark.parametrize("conflicts", [0, 1, 2])
async def test_a_version_conflict_is_tried_again(conflicts: int) -> None:
    store = MemoryStore(conflicts)
    (result,) = await infractions(store).execute([Received(issue())])
    assert (result.status, result.position, len(store.log)) == ("applied", 1, 1)


async def test_a_third_conflict_is_raised_and_nothing_is_remembered() -> None:
    store = MemoryStore(3)
    with pytest.raises(VersionConflict):
        await infractions(store).execute([Received(issue())])
    assert (store.log, store.results) == ([], {})


async def test_commands_of_a_batch_see_each_other() -> None:
    store = MemoryStore(0)
    first = issue("1", unless_in_force=True)
    same = issue("1", unless_in_force=True)
    one, other = await infractions(store).execute([Received(first), Received(same)])
    assert (one.status, other.status) == ("applied", "unchanged")
    assert other.infractions == one.infractions
