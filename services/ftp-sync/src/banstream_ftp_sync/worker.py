"""Keeps one file in step, whatever happens to the others: hears on its own consumer, gathers, attempts, waits."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any, TypeVar

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from opentelemetry.trace import SpanContext, SpanKind
from prometheus_client import Counter, Histogram

from banstream_contracts import streams
from banstream_decider import event_consumers
from banstream_decider.event_consumers import Withheld
from banstream_decider.leader import PASSING
from banstream_decider.turns import pause_after
from banstream_event_log.postgres import TRANSIENT
from banstream_ftp_sync.applying.receipts import Outcome, Receipt
from banstream_ftp_sync.asking import NotKnown
from banstream_ftp_sync.attempt import Attempting, Means
from banstream_ftp_sync.connecting import is_unknown, met
from banstream_ftp_sync.following import SUBJECTS, Following, Place
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.reporting import Reporter
from banstream_ftp_sync.sealing import WrongKey
from banstream_remote_files.errors import RemoteFileError
from banstream_runtime.pull import BatchPull, PullInterrupted
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.telemetry import cause_in, merged_span

_BATCH = 200
_IDLE_SECONDS = 30.0
_RETRY_SECONDS = 0.5
_STOP_SECONDS = 5.0
_MOST_CAUSES = 128

logger = structlog.stdlib.get_logger(__name__)

ATTEMPTS = Counter("banstream_ftp_sync_attempts_total", "Attempts on ban files by how they ended", ["outcome"])
ATTEMPT_SECONDS = Histogram("banstream_ftp_sync_attempt_seconds", "How long attempts on ban files took")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two looks, to gather changes, the longest pause, for a server's answer, for the bans to come."""

    check: float
    gather: float
    longest_pause: float
    timeout: float
    bans: float


class Worker:
    """One file, as its record is: a changed one gets another worker."""

    def __init__(self, client: Client, means: Means, record: Record, following: Following, pace: Pace) -> None:
        self._client = client
        self._means = means
        self._ban_file = record.ban_file
        self._since_version = record.since_version
        self._following = following
        self._pace = pace
        self._reporter = Reporter(client, record.ban_file.id, record.since_version)
        self._attempting = Attempting(means, record, self._reporter)
        self._woken = asyncio.Event()
        self._begun = asyncio.Event()
        """What `_noted` says of EVENTS is true from then on."""
        self._trouble = "EVENTS cannot be heard"
        self._noted: Place | None = None
        self._causes: list[SpanContext] = []
        self._failures = 0
        self._log = logger.bind(ban_file_id=record.ban_file.id)

    def wake(self) -> None:
        """Something is new that no event has told."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. Raises what concerns every file: Postgres away."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear())
            tasks.create_task(self._keep())

    async def _hear(self) -> None:
        """Whatever happens to NATS, what was heard is written down before it is acknowledged."""
        refusals = 0
        while True:
            heed_cancellation()
            pause = _RETRY_SECONDS
            try:
                await self._hear_on()
            except Withheld as refusal:
                refusals += 1
                pause = pause_after(refusals, self._pace.longest_pause)
                await self._not_heard(str(refusal))
            except TRANSIENT:
                raise
            except PASSING as error:
                self._log.info("hearing_interrupted", error=type(error).__name__)
            except Exception:  # noqa: BLE001 - see `_attempt`
                self._log.exception("hearing_broken")
                pause = self._pace.longest_pause
            await asyncio.sleep(pause)

    async def _not_heard(self, why: str) -> None:
        """From now on nobody knows what waits for this file, before it is looked at."""
        self._log.warning("consumer_withheld", error=why)
        self._trouble = why
        await self._means.ledger.not_heard(self._ban_file.id, datetime.now(UTC))

    async def _hear_on(self) -> None:
        now = await event_consumers.events_now(self._client)
        state = await self._means.ledger.state(self._ban_file.id)
        if state.sequence is not None and state.sequence <= now.last and state.stream == now.made:
            begin = Place(now.made, state.sequence)
        else:
            begin = await self._following.reached()  # what comes later wakes this file
            if begin.made != now.made:
                raise PullInterrupted("the bans do not follow this EVENTS yet")
        spec = event_consumers.spec_of(streams.FTP_SYNC, self._ban_file.id)
        await event_consumers.make_anew(self._client, spec, SUBJECTS, event_consumers.behind(begin.sequence))
        self._noted = self._noted if self._noted and self._noted.made == now.made else begin
        if self._begun.is_set() and state.stream != now.made:
            self.wake()
        self._begun.set()
        expected = 1
        async with BatchPull(self._client, spec, _BATCH) as pull:
            while True:
                batch = await pull.next_batch(_IDLE_SECONDS)
                for message in batch:
                    if message.metadata.sequence.consumer != expected:
                        raise PullInterrupted("a message was lost on its way")
                    expected += 1
                if batch:
                    await self._note(batch, now.made)

    async def _note(self, batch: Sequence[Msg], made: str) -> None:
        sequence = batch[-1].metadata.sequence.stream
        await self._means.ledger.note(self._ban_file.id, made, sequence, batch[0].metadata.timestamp)
        self._noted = Place(made, sequence)
        self._causes += [cause for message in batch if (cause := cause_in(message.headers)).is_valid]
        del self._causes[:-_MOST_CAUSES]
        self._woken.set()
        for message in batch:
            await message.ack()

    async def _keep(self) -> None:
        """At once, and then whenever something has happened, at the latest after the time between two looks."""
        due = time.monotonic()
        while True:
            if time.monotonic() >= due:
                self._woken.clear()
                due = time.monotonic() + await _finished(self._attempt())
            with suppress(TimeoutError):
                async with asyncio.timeout(max(due - time.monotonic(), 0.0)):
                    await self._woken.wait()
                await asyncio.sleep(min(self._pace.gather, max(due - time.monotonic(), 0.0)))
                self._woken.clear()
                if self._failures:
                    await self._note_pending()
                else:
                    due = time.monotonic()

    async def _attempt(self) -> float:
        """Returns the seconds until the next one."""
        if await self._means.ledger.version(self._ban_file.id) != self._since_version:
            return self._pace.check  # it is for another worker, or for none
        try:
            if is_unknown(self._ban_file.place):
                return await self._meet()
            await self._bans_are_known()
            receipt = await self._attempt_traced()
        except WrongKey as error:
            self._following.seal_anew()
            receipt = await self._attempting.failed(str(error))
        except NotKnown as error:
            receipt = await self._attempting.failed(f"the bans are not known: {error}")
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - a bug that one file meets stops this file alone, and is told as one
            self._log.exception("attempt_broken")
            receipt = await self._attempting.failed(f"a fault of ftp-sync: {type(error).__name__}")
        ATTEMPTS.labels(receipt.outcome.value).inc()
        return self._until_next(receipt)

    async def _bans_are_known(self) -> None:
        """All that was on EVENTS when this file began to hear, and what it has heard since. Raises NotKnown."""
        await self._following.wait_for(None, self._pace.bans)
        try:
            async with asyncio.timeout(self._pace.bans):
                await self._begun.wait()
        except TimeoutError:
            raise NotKnown(self._trouble) from None
        await self._following.wait_for(self._noted, self._pace.bans)

    async def _attempt_traced(self) -> Receipt:
        """In the trace of the first event it is for, with links to the others'; what failed is still theirs."""
        causes = list(self._causes)
        with ATTEMPT_SECONDS.time(), merged_span("ftp-sync attempt", causes, SpanKind.CONSUMER) as current:
            receipt = await self._attempting.attempt()
            current.set_attribute("banstream.outcome", receipt.outcome.value)
        if receipt.outcome is not Outcome.FAILED:
            self._causes = [cause for cause in self._causes if cause not in causes]
        return receipt

    async def _meet(self) -> float:
        """Keep the key that an unknown server shows; the next worker knows it."""
        try:
            await self._reporter.host_key(await met(self._ban_file.place, self._pace.timeout))
        except RemoteFileError as error:
            return self._until_next(await self._attempting.failed(str(error), error.told()))
        return self._pace.check

    async def _note_pending(self) -> None:
        try:
            await self._bans_are_known()
            await self._attempting.note_pending()
        except (NotKnown, WrongKey):
            pass
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001 - see `_attempt`
            self._log.exception("attempt_broken")

    def _until_next(self, receipt: Receipt) -> float:
        """What is refused needs a person; it is looked at again like a file that is well."""
        if receipt.outcome is not Outcome.FAILED:
            self._failures = 0
            return min(self._pace.check, self._until_an_end())
        self._failures += 1
        return pause_of(receipt, self._failures, self._pace.longest_pause)

    def _until_an_end(self) -> float:
        """Seconds until an address has to leave the file."""
        ends_at = self._attempting.ends_at
        return max((ends_at - datetime.now(UTC)).total_seconds(), 0.0) if ends_at else inf


def pause_of(receipt: Receipt, failures: int, longest: float) -> float:
    """Seconds after as many failures in a row: not fewer than the other side asks for."""
    return max(pause_after(failures, longest), receipt.retry_after_seconds or 0.0)


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    """An attempt that has begun is waited for a while when the worker is to stop; the next one heals what is left."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_STOP_SECONDS)
        task.cancel()
        await asyncio.wait({task})
        with suppress(Exception, asyncio.CancelledError):
            task.result()
        raise
