"""The one process of several that writes ban files: it follows the bans, and runs a worker for each file."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
from nats.aio.client import Client
from prometheus_client import Gauge

from banstream_contracts import streams
from banstream_contracts.ban_files import BanFileStatus
from banstream_decider import event_consumers
from banstream_decider.document_table import Present
from banstream_decider.turns import Turns
from banstream_decider.unreadable import Complaint
from banstream_ftp_sync.attempt import Means
from banstream_ftp_sync.following import NOT_OPENED, SUBJECTS, Following
from banstream_ftp_sync.ledger import Ledger
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.worker import Pace, Worker
from banstream_runtime.streams import delete_consumer
from banstream_runtime.tasks import heed_cancellation

_LOOK_SECONDS = 1.0
_ENDED_SECONDS = 0.25
"""Between two looks whether the worker of a changed file has ended: nothing is written meanwhile."""
_PRUNE_SECONDS = 3600.0

UNAPPLIED = Gauge(
    "banstream_ftp_sync_unapplied_seconds", "Age of the oldest change that is not in a ban file yet", ["ban_file"]
)

MakeMeans = Callable[[Ledger], Means]


@dataclass(slots=True)
class _Running:
    """A worker, and the version of the file that it was made for. One that ends may still finish an attempt."""

    version: int
    worker: Worker
    task: "asyncio.Task[None]"
    is_ending: bool = False


@dataclass(slots=True)
class _Term:
    """The workers of a turn, by ban file."""

    ledger: Ledger
    means: Means
    following: Following
    workers: dict[str, _Running] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    seen: frozenset[str] | None = None
    pruned_at: datetime | None = None


class Keeper:
    """Keeps files in step whenever it has the lock, until something is lost, for ever."""

    def __init__(self, database_url: str, client: Client, make_means: MakeMeans, pace: Pace, receipt_days: int) -> None:
        self._client = client
        self._make_means = make_means
        self._pace = pace
        self._receipt_days = receipt_days
        self._complaint = Complaint("ban_files")
        self._turns = Turns(database_url, streams.FTP_SYNC, "keeper", self._take_turn)

    async def run(self) -> None:
        """Until `stop` and then cancelled. Only a bug ends this otherwise."""
        await self._turns.run()

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled: what the cancelling breaks is then no fault."""
        self._turns.stop()

    async def _take_turn(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        ledger = Ledger(connection)
        running: dict[str, _Running] = {}

        def wake() -> None:
            for each in running.values():
                each.worker.wake()

        following = Following(self._client, ledger, self._pace.check, wake)
        term = _Term(ledger, self._make_means(ledger), following, running)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(following.run())
                await self._look_after(tasks, term)
        finally:
            UNAPPLIED.clear()
            NOT_OPENED.set(0)
            self._complaint.end()

    async def _look_after(self, tasks: asyncio.TaskGroup, term: _Term) -> None:
        while True:
            heed_cancellation()
            files = await term.ledger.ban_files()
            await self._end_others(term, files)
            self._complaint.tell(files.unreadable)
            for ban_file_id, record in files.documents.items():
                await self._look_at(tasks, term, ban_file_id, record)
            await self._measure(term, files.ids)
            await self._prune(term)
            is_ending = any(running.is_ending for running in term.workers.values())
            await asyncio.sleep(_ENDED_SECONDS if is_ending else _LOOK_SECONDS)

    async def _look_at(self, tasks: asyncio.TaskGroup, term: _Term, ban_file_id: str, record: Record) -> None:
        if ban_file_id in term.workers:
            return
        if record.ban_file.status is BanFileStatus.ACTIVE:
            worker = Worker(self._client, term.means, record, term.following, self._pace)
            term.workers[ban_file_id] = _Running(record.since_version, worker, tasks.create_task(worker.run()))
            term.kept.discard(ban_file_id)
        elif ban_file_id not in term.kept:
            await self._keep_consumer(ban_file_id)
            term.kept.add(ban_file_id)

    async def _keep_consumer(self, ban_file_id: str) -> None:
        """A paused file has its consumer, which shows what waits."""
        spec = event_consumers.spec_of(streams.FTP_SYNC, ban_file_id)
        if not await event_consumers.exists(self._client, spec):
            now = await event_consumers.events_now(self._client)
            await event_consumers.create(self._client, spec, SUBJECTS, event_consumers.behind(now.last))

    async def _end_others(self, term: _Term, files: Present[Record]) -> None:
        """Of files that are gone, paused, or not as their worker knows them; nobody waits for one that is at work."""
        for ban_file_id, running in list(term.workers.items()):
            record = files.documents.get(ban_file_id)
            is_wanted = record is not None and record.ban_file.status is BanFileStatus.ACTIVE
            if record and is_wanted and record.since_version == running.version and not running.is_ending:
                continue
            if running.task.done():
                del term.workers[ban_file_id]
            elif not running.is_ending:
                running.is_ending = True
                running.task.cancel()
        if term.seen != files.ids:
            await self._forget_removed(term, files.ids)
            term.kept &= files.ids
            if term.workers.keys() <= files.ids:
                term.seen = files.ids

    async def _forget_removed(self, term: _Term, there: frozenset[str]) -> None:
        present = await event_consumers.present(self._client, streams.FTP_SYNC)
        for ban_file_id in present - there - term.workers.keys():
            await delete_consumer(self._client, event_consumers.spec_of(streams.FTP_SYNC, ban_file_id))
            await term.ledger.forget(ban_file_id)

    async def _measure(self, term: _Term, ban_file_ids: frozenset[str]) -> None:
        now, pending = datetime.now(UTC), await term.ledger.pending()
        UNAPPLIED.clear()
        for ban_file_id in ban_file_ids:
            since = pending.get(ban_file_id, now)
            UNAPPLIED.labels(ban_file_id).set(max((now - since).total_seconds(), 0.0))

    async def _prune(self, term: _Term) -> None:
        now = datetime.now(UTC)
        if term.pruned_at and (now - term.pruned_at).total_seconds() < _PRUNE_SECONDS:
            return
        term.pruned_at = now
        await term.ledger.prune(now - timedelta(days=self._receipt_days))
