"""Read models that are made anew while commands are decided: nothing of what was decided meanwhile is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest

from banstream_decider.rebuilding import RebuildRunning, rebuild
from banstream_event_log.events import OpenedEvent
from banstream_event_log.log import LOCK
from banstream_testing.event_logs import append_all, connected, event
from banstream_testing.fixtures import Database

LAST = 3
TRY = LOCK.replace("pg_advisory_xact_lock", "pg_try_advisory_xact_lock")


@dataclass
class Busy:
    """Takes pages, while each of which another event is appended: one before indexes are made, and one behind."""

    database: Database
    seen: list[int] = field(default_factory=list)
    is_locked: bool = False

    async def apply(self, _connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
        self.seen += [each.position for each in page]
        if len(self.seen) < LAST:
            await append_all(self.database.service_url, event(version=len(self.seen) + 1))
            return
        async with connected(self.database.service_url) as other:
            self.is_locked = not await other.fetchval(TRY)
        with pytest.raises(RebuildRunning):
            await self.make()

    async def make(self) -> int:
        return await rebuild(
            self.database.admin_url,
            "infractions",
            "banstream_infractions",
            ("networks",),
            self.apply,
            lambda _position, _head: None,
        )


async def test_what_is_decided_meanwhile_is_in_them_and_nothing_is_decided_while_they_are_put_in_place(
    database: Database,
) -> None:
    await append_all(database.service_url, event())
    busy = Busy(database)
    assert await busy.make() == LAST
    assert busy.seen == [*range(1, LAST + 1)]
    assert busy.is_locked
