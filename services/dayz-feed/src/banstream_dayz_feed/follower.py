"""The one process of several that reads logs: it holds a lock of its own, and runs a worker for each source.

The lock is a session lock of the connection on which positions are kept: who loses it can keep none.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.log_sources import LogSourceStatus
from banstream_dayz_feed import gauges
from banstream_dayz_feed.ledger import Ledger
from banstream_dayz_feed.record import Record
from banstream_dayz_feed.sending import Sender
from banstream_dayz_feed.worker import Worker
from banstream_decider.leader import PASSING
from banstream_event_log import postgres
from banstream_runtime.tasks import ended, heed_cancellation

_TRY_LOCK = "select pg_try_advisory_lock(hashtextextended(current_schema() || '.follower', 0))"
_RETRY_SECONDS = 0.5
_LOOK_SECONDS = 1.0

logger = structlog.stdlib.get_logger(__name__)


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
    """Waits for the lock, then reads until something is lost, for ever."""

    def __init__(self, database_url: str, client: Client, make_worker: Callable[[Record, Ledger], Worker]) -> None:
        self._database_url = database_url
        self._client = client
        self._make_worker = make_worker
        self._ledger = Ledger()
        self._stopping = False

    async def run(self) -> None:
        """Read whenever possible, until `stop` and then cancelled. Only a bug ends this otherwise."""
        while not self._stopping:
            try:
                await self._take_turn()
            except* PASSING as group:
                if not self._stopping:
                    logger.warning("reading_interrupted", errors=[repr(error) for error in group.exceptions])
                    await asyncio.sleep(_RETRY_SECONDS)

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled: what the cancelling breaks is then no fault."""
        self._stopping = True

    async def _take_turn(self) -> None:
        name = f"banstream {streams.DAYZ_FEED} follower"
        connection = await postgres.connect(self._database_url, application_name=name)
        try:
            while not await connection.fetchval(_TRY_LOCK):  # noqa: ASYNC110 - the lock is in another process
                await asyncio.sleep(_RETRY_SECONDS)
            async with self._ledger.on(connection), asyncio.TaskGroup() as tasks:
                tasks.create_task(Sender(self._client, self._ledger).run())
                await self._look_after(tasks)
        finally:
            connection.terminate()

    async def _look_after(self, tasks: asyncio.TaskGroup) -> None:
        term = _Term()
        while True:
            heed_cancellation()
            records = await self._ledger.sources()
            await self._end_others(term, records)
            for source_id, record in records.items():
                if source_id not in term.workers and record.source.status is LogSourceStatus.ACTIVE:
                    task = tasks.create_task(self._make_worker(record, self._ledger).run())
                    term.workers[source_id] = _Running(record.source.version, task)
            if term.seen != records.keys():
                await self._ledger.forget_removed()
                term.seen = frozenset(records)
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
