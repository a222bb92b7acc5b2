"""The one process of several that tells targets: it holds a lock of its own, and runs a worker for each target.

The lock is a session lock of the connection on which deliveries are written down: who loses it can begin none.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog
from nats.aio.client import Client
from prometheus_client import Gauge

from banstream_contracts import streams
from banstream_contracts.commands.notifier import BreakTarget
from banstream_contracts.infractions import Actor
from banstream_contracts.notifier_targets import TargetStatus
from banstream_decider import event_consumers
from banstream_decider.event_consumers import Withheld
from banstream_decider.leader import PASSING
from banstream_decider.turns import Turns, pause_after
from banstream_decider.unreadable import Complaint
from banstream_notifier import consumers, deferred
from banstream_notifier.delivering import Patience
from banstream_notifier.destinations import InvalidDestination
from banstream_notifier.ledger import Ledger
from banstream_notifier.outcomes import Gone
from banstream_notifier.record import Record
from banstream_notifier.stalls import STALLED, Stalls
from banstream_notifier.teller import Teller
from banstream_notifier.worker import Worker
from banstream_runtime.commanding import store_command
from banstream_runtime.identifiers import new_id
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.workers import Workers

_RETRY_SECONDS = 0.5
_LOOK_SECONDS = 1.0
_PRUNE_SECONDS = 3600.0
_NOTIFIER = Actor(kind="system", id=streams.NOTIFIER)

logger = structlog.stdlib.get_logger(__name__)

TARGETS = Gauge("banstream_notifier_targets", "Targets by how they are, in the process that tells them", ["status"])


@dataclass(frozen=True, slots=True)
class Rules:
    """How long to try and to keep."""

    patience: Patience
    log_days: int
    message_days: int


@dataclass(slots=True)
class _Telling:
    """A term. `seen` are the targets of which none is gone that left anything."""

    workers: Workers
    seen: frozenset[str] | None = None
    pruned_at: datetime | None = None


class Courier:
    """Tells whenever it has the lock, until something is lost, for ever."""

    def __init__(
        self, database_url: str, client: Client, make_teller: Callable[[Record, Ledger], Teller], rules: Rules
    ) -> None:
        self._client = client
        self._make_teller = make_teller
        self._rules = rules
        self._ledger = Ledger()
        self._stalls = Stalls(self._ledger)
        self._complaint = Complaint("targets")
        self._turns = Turns(database_url, streams.NOTIFIER, "courier", self._take_turn)

    async def run(self) -> None:
        """Tell whenever possible, until `stop` and then cancelled. Only a bug ends this otherwise."""
        await self._turns.run()

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled: what the cancelling breaks is then no fault."""
        self._turns.stop()

    async def _take_turn(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        try:
            async with self._ledger.on(connection), asyncio.TaskGroup() as tasks:
                await self._look_after(tasks)
        finally:
            TARGETS.clear()
            STALLED.set(0)
            deferred.DEFERRED.clear()
            self._complaint.end()

    async def _look_after(self, tasks: asyncio.TaskGroup) -> None:
        telling = _Telling(Workers(tasks))
        while True:
            heed_cancellation()
            targets = await self._ledger.targets()
            _count(targets.documents)
            self._complaint.tell(targets.unreadable)
            self._suit(telling.workers, targets.documents)
            if telling.seen != targets.ids:
                await self._forget_removed(telling, targets.ids)
            await self._stalls.count()
            await deferred.count(self._ledger)
            await self._prune(telling)
            await asyncio.sleep(_LOOK_SECONDS)

    def _suit(self, workers: Workers, records: dict[str, Record]) -> None:
        def work(target_id: str) -> Coroutine[Any, Any, None]:
            record = records[target_id]
            return self._tell(record) if record.target.status is TargetStatus.ACTIVE else self._keep(record)

        workers.suit({target_id: record.since_version for target_id, record in records.items()}, work)

    async def _forget_removed(self, telling: _Telling, there: frozenset[str]) -> None:
        held = telling.workers.ids
        for target_id in await event_consumers.present(self._client, streams.NOTIFIER) - there - held:
            await self._ledger.forget(target_id)
            try:
                await event_consumers.remove(self._client, streams.NOTIFIER, target_id)
            except Withheld as refusal:
                logger.warning("consumer_not_removed", target_id=target_id, error=str(refusal))
        if held <= there:
            telling.seen = there

    async def _keep(self, record: Record) -> None:
        """A target that is told nothing has its consumer, which shows what waits: once NATS grants it."""
        failures = 0
        while True:
            heed_cancellation()
            try:
                await consumers.keep(self._client, record)
            except Withheld as refusal:
                await self._stalls.begin(record.target.id, str(refusal))
                failures += 1
                await asyncio.sleep(pause_after(failures, self._rules.patience.longest_pause))
            else:
                await self._stalls.end(record.target.id)
                return

    async def _tell(self, record: Record) -> None:
        """Until the target has changed, or is gone: then say so."""
        log = logger.bind(target_id=record.target.id)
        try:
            gone: Gone | None = await Worker(
                self._client,
                self._ledger,
                record,
                self._make_teller(record, self._ledger),
                self._rules.patience,
            ).run()
        except InvalidDestination as error:
            gone = Gone(f"it cannot be used: {error}")
        if gone is None:
            return
        log.warning("target_broken", error=str(gone))
        while not await self._say_broken(record, str(gone)):
            heed_cancellation()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _say_broken(self, record: Record, reason: str) -> bool:
        command = BreakTarget(
            command_id=new_id(),
            issued_at=datetime.now(UTC),
            actor=_NOTIFIER,
            correlation_id=new_id(),
            target_id=record.target.id,
            reason=reason,
            seen_version=record.target.version,
        )
        with suppress(*PASSING):
            await store_command(self._client.jetstream(), command)
            return True
        return False

    async def _prune(self, telling: _Telling) -> None:
        now = datetime.now(UTC)
        if telling.pruned_at and (now - telling.pruned_at).total_seconds() < _PRUNE_SECONDS:
            return
        telling.pruned_at, telling.seen = now, None  # a consumer that NATS did not remove is tried again
        await self._ledger.prune(
            now - timedelta(days=self._rules.log_days), now - timedelta(days=self._rules.message_days)
        )


def _count(records: dict[str, Record]) -> None:
    counts = Counter(record.target.status for record in records.values())
    for status in TargetStatus:
        TARGETS.labels(status.value).set(counts[status])
