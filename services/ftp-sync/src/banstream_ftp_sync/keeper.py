"""The one process of several that writes ban files: it follows the bans, and runs a worker for each file."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog
from nats.aio.client import Client
from prometheus_client import Gauge

from banstream_contracts import streams
from banstream_contracts.ban_files import BanFileStatus
from banstream_decider import event_consumers
from banstream_decider.document_table import Present
from banstream_decider.event_consumers import Withheld
from banstream_decider.leader import PASSING
from banstream_decider.turns import Turns, pause_after
from banstream_decider.unreadable import Complaint
from banstream_ftp_sync.attempt import Means
from banstream_ftp_sync.following import NOT_OPENED, SUBJECTS, Following
from banstream_ftp_sync.ledger import Ledger
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.worker import Pace, Worker
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.workers import Workers

_LOOK_SECONDS = 1.0
_ENDED_SECONDS = 0.25
"""Between two looks whether the worker of a changed file has ended: nothing is written meanwhile."""
_PRUNE_SECONDS = 3600.0

UNAPPLIED = Gauge(
    "banstream_ftp_sync_unapplied_seconds",
    "Age of the oldest change that is not in a ban file yet, or since when attempts on the file fail",
    ["ban_file"],
)

logger = structlog.stdlib.get_logger(__name__)

MakeMeans = Callable[[Ledger], Means]


@dataclass(slots=True)
class _Term:
    """A turn. `writing` are the workers of active files; `seen` the files of which none is gone that left anything."""

    ledger: Ledger
    means: Means
    following: Following
    workers: Workers
    writing: set[Worker]
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
        writing: set[Worker] = set()

        def wake() -> None:
            for each in writing:
                each.wake()

        following = Following(self._client, ledger, self._pace.check, wake)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(following.run())
                await self._look_after(_Term(ledger, self._make_means(ledger), following, Workers(tasks), writing))
        finally:
            UNAPPLIED.clear()
            NOT_OPENED.set(0)
            self._complaint.end()

    async def _look_after(self, term: _Term) -> None:
        while True:
            heed_cancellation()
            files = await term.ledger.ban_files()
            self._complaint.tell(files.unreadable)
            self._suit(term, files.documents)
            if term.seen != files.ids:
                await self._forget_removed(term, files.ids)
            await self._measure(term, files)
            await self._prune(term)
            await asyncio.sleep(_ENDED_SECONDS if term.workers.is_ending else _LOOK_SECONDS)

    def _suit(self, term: _Term, records: dict[str, Record]) -> None:
        def work(ban_file_id: str) -> Coroutine[Any, Any, None]:
            record = records[ban_file_id]
            return self._write(term, record) if _is_active(record) else self._keep_consumer(ban_file_id)

        term.workers.suit({ban_file_id: record.since_version for ban_file_id, record in records.items()}, work)

    async def _write(self, term: _Term, record: Record) -> None:
        worker = Worker(self._client, term.means, record, term.following, self._pace)
        term.writing.add(worker)
        try:
            await worker.run()
        finally:
            term.writing.remove(worker)

    async def _keep_consumer(self, ban_file_id: str) -> None:
        """A paused file has its consumer, which shows what waits: once NATS grants it."""
        spec = event_consumers.spec_of(streams.FTP_SYNC, ban_file_id)
        failures = 0
        while True:
            heed_cancellation()
            try:
                now = await event_consumers.events_now(self._client)
                await event_consumers.keep(self._client, spec, SUBJECTS, event_consumers.behind(now.last))
            except (Withheld, *PASSING) as error:
                logger.warning("consumer_not_kept", ban_file_id=ban_file_id, error=str(error) or type(error).__name__)
                failures += 1
                await asyncio.sleep(pause_after(failures, self._pace.longest_pause))
            else:
                return

    async def _forget_removed(self, term: _Term, there: frozenset[str]) -> None:
        held = term.workers.ids
        for ban_file_id in await event_consumers.present(self._client, streams.FTP_SYNC) - there - held:
            await term.ledger.forget(ban_file_id)
            try:
                await event_consumers.remove(self._client, streams.FTP_SYNC, ban_file_id)
            except Withheld as refusal:
                logger.warning("consumer_not_removed", ban_file_id=ban_file_id, error=str(refusal))
        if held <= there:
            term.seen = there

    async def _measure(self, term: _Term, files: Present[Record]) -> None:
        """Of a paused file only what waits: that attempts failed before is known to who has paused it."""
        active = [each for each, record in files.documents.items() if _is_active(record)]
        now, waiting = datetime.now(UTC), await term.ledger.waiting(active)
        UNAPPLIED.clear()
        for ban_file_id in files.ids:
            since = waiting.get(ban_file_id, now)
            UNAPPLIED.labels(ban_file_id).set(max((now - since).total_seconds(), 0.0))

    async def _prune(self, term: _Term) -> None:
        now = datetime.now(UTC)
        if term.pruned_at and (now - term.pruned_at).total_seconds() < _PRUNE_SECONDS:
            return
        term.pruned_at, term.seen = now, None  # a consumer that NATS did not remove is tried again
        await term.ledger.prune(now - timedelta(days=self._receipt_days))


def _is_active(record: Record) -> bool:
    return record.ban_file.status is BanFileStatus.ACTIVE
