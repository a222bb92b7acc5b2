"""The one process of several that reads logs: it holds a lock of its own, and runs a worker for each source.

The lock is a session lock of the connection on which positions are kept: who loses it can keep none.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.log_sources import LogSourceStatus
from banstream_dayz_feed import gauges
from banstream_dayz_feed.ledger import Ledger
from banstream_dayz_feed.record import Record
from banstream_dayz_feed.sending import Sender
from banstream_dayz_feed.worker import Worker
from banstream_decider.turns import Turns
from banstream_decider.unreadable import Complaint
from banstream_runtime.tasks import ended, heed_cancellation

_LOOK_SECONDS = 1.0


@dataclass(slots=True)
class _Running:
    """A worker, and the version of the source that it was made for."""

    version: int
    task: "asyncio.Task[None]"


@dataclass(slots=True)
class _Term:
    """The workers of a term, by source."""

    workers: dict[str, _Running] = field(default_factory=dict)
    seen: frozenset[str] | None = None


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
        term = _Term()
        while True:
            heed_cancellation()
            sources = await self._ledger.sources()
            await self._end_others(term, sources.documents)
            self._complaint.tell(sources.unreadable)
            for source_id, record in sources.documents.items():
                if source_id not in term.workers and record.source.status is LogSourceStatus.ACTIVE:
                    task = tasks.create_task(self._make_worker(record, self._ledger).run())
                    term.workers[source_id] = _Running(record.source.version, task)
            if term.seen != sources.ids:
                await self._ledger.forget_removed()
                term.seen = sources.ids
            await asyncio.sleep(_LOOK_SECONDS)

    async def _end_others(self, term: _Term, records: dict[str, Record]) -> None:
        """Of sources that are gone, paused, or not as their worker knows them."""
        for source_id, worker in list(term.workers.items()):
            record = records.get(source_id)
            is_wanted = record is not None and record.source.status is LogSourceStatus.ACTIVE
            if record and is_wanted and record.source.version == worker.version:
                continue
            await ended(worker.task)
            gauges.forget(source_id)
            del term.workers[source_id]
