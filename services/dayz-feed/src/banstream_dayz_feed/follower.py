"""The one process of several that reads logs: it holds a lock of its own, and runs a worker for each source.

The lock is a session lock of the connection on which positions are kept: who loses it can keep none.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.log_sources import LogSourceStatus
from banstream_dayz_feed.ledger import Ledger
from banstream_dayz_feed.record import Record
from banstream_dayz_feed.sending import Sender
from banstream_dayz_feed.worker import Worker
from banstream_decider.turns import Turns
from banstream_decider.unreadable import Complaint
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.workers import Workers

_LOOK_SECONDS = 1.0


class Follower:
    """Reads whenever it has the lock, until something is lost, for ever."""

    def __init__(self, database_url: str, client: Client, make_worker: Callable[[Record, Ledger], Worker]) -> None:
        self._client = client
        self._make_worker = make_worker
        self._ledger = Ledger()
        self._complaint = Complaint("log_sources")
        self._turns = Turns(database_url, streams.DAYZ_FEED, "follower", self._take_turn)

    async def run(self) -> None:
        """Until `stop` and then cancelled. Only a bug ends this otherwise."""
        await self._turns.run()

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled: what the cancelling breaks is then no fault."""
        self._turns.stop()

    async def _take_turn(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        try:
            async with self._ledger.on(connection), asyncio.TaskGroup() as tasks:
                tasks.create_task(Sender(self._client, self._ledger).run())
                await self._look_after(tasks)
        finally:
            self._complaint.end()

    async def _look_after(self, tasks: asyncio.TaskGroup) -> None:
        workers, seen = Workers(tasks), None
        while True:
            heed_cancellation()
            sources = await self._ledger.sources()
            self._complaint.tell(sources.unreadable)
            self._suit(workers, sources.documents)
            if seen != sources.ids and workers.ids <= sources.ids:
                await self._ledger.forget_removed()
                seen = sources.ids
            await asyncio.sleep(_LOOK_SECONDS)

    def _suit(self, workers: Workers, records: dict[str, Record]) -> None:
        def work(source_id: str) -> Coroutine[Any, Any, None]:
            return self._make_worker(records[source_id], self._ledger).run()

        active = (each.source for each in records.values() if each.source.status is LogSourceStatus.ACTIVE)
        workers.suit({source.id: source.version for source in active}, work)
