"""Tells one target, in order, whatever happens to the others."""

import asyncio
import time
from collections.abc import Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram

from banstream_decider.event_consumers import Withheld
from banstream_decider.leader import PASSING
from banstream_decider.turns import pause_after
from banstream_event_log.postgres import TRANSIENT
from banstream_notifier import consumers
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Ledger, Place, Settlement, Try
from banstream_notifier.outcomes import Gone, MessageGone, NotNow, NotSent, Refused, Sent, ThreadArchived, TryLater
from banstream_notifier.reading import Reader
from banstream_notifier.record import Record
from banstream_notifier.stalls import Stalls
from banstream_notifier.telling import Group, Teller
from banstream_runtime.pull import BatchPull, PullInterrupted
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.telemetry import cause_in, merged_span

_BATCH = 200
_IDLE_SECONDS = 30.0
_RETRY_SECONDS = 0.5
_LONG_SECONDS = 5.0
_LONGEST_INTERRUPTION = 15.0

logger = structlog.stdlib.get_logger(__name__)

DELIVERIES = Counter("banstream_notifier_deliveries_total", "Events by what became of them at a target", ["status"])
REQUESTS = Counter("banstream_notifier_failed_requests_total", "Requests that did not arrive", ["kind"])
REQUEST_SECONDS = Histogram("banstream_notifier_request_seconds", "Requests by kind of target", ["kind"])

T = TypeVar("T")


class Superseded(Exception):
    """The target has changed: what was taken is for another worker."""


class TakenLongAgo(Exception):
    """Events still wait: they are taken anew, with what has come since and may go before them."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: the longest pause between two tries, and how long an event is tried.

    Of rate limits in a row nobody needs to hear while they are `usual`; longer ones explain why nothing arrives.
    """

    longest_pause: float
    give_up: float
    usual: float = 60.0


@dataclass(slots=True)
class _Waiting:
    """Messages of a batch by sequence, and those events among them that are to be told."""

    messages: dict[int, Msg]
    events: list[Envelope]

    def without(self, told: Collection[Envelope]) -> list[Envelope]:
        """What is left when those are told; it may stand among them."""
        places = {each.sequence for each in told}
        return [each for each in self.events if each.sequence not in places]

    def settled_with(self, told: Collection[Envelope]) -> int:
        """Up to where everything is told when those are."""
        left = self.without(told)
        return left[0].sequence - 1 if left else self.events[-1].sequence


class Worker:
    """One target, as it is: a changed one gets another worker."""

    def __init__(self, client: Client, ledger: Ledger, record: Record, teller: Teller, patience: Patience) -> None:
        self._client = client
        self._ledger = ledger
        self._record = record
        self._target_id = record.target.id
        self._teller = teller
        self._patience = patience
        self._reader = Reader(client, ledger, record)
        self._stalls = Stalls(ledger)
        self._has_bug = False
        self._failures = 0
        self._waited = 0.0
        self._made = ""
        self._log = logger.bind(target_id=record.target.id)

    async def run(self) -> Gone | None:
        """Tell until the other side is gone, or the target has changed (None).

        Raises what concerns every target: Postgres away.
        """
        while True:
            heed_cancellation()
            try:
                await self._tell_on()
            except Gone as gone:
                return gone
            except Superseded:
                return None
            except TakenLongAgo:
                pause = 0.0
            except NotNow as wait:
                pause = wait.seconds or _RETRY_SECONDS
            except TryLater as later:
                pause = max(pause_after(self._failures, self._patience.longest_pause), later.seconds or 0.0)
            except Withheld as refusal:
                pause = await self._stall(str(refusal))
            except PASSING as error:
                pause = self._interrupted(error)
            except Exception as error:  # noqa: BLE001 - a bug stops this target alone, and is told as one
                self._log.exception("telling_failed")
                self._has_bug = True
                pause = await self._stall(_as_bug(error))
            await asyncio.sleep(pause)

    async def _tell_on(self) -> None:
        self._made = await consumers.made_at(self._client)
        place = await self._ledger.place(self._target_id)
        spec = await consumers.take(self._client, self._record, place, self._made)
        if not self._has_bug:
            await self._stalls.end(self._target_id)
        reached = place.sequence if place and place.stream == self._made else 0
        expected = 1
        async with BatchPull(self._client, spec, _BATCH) as pull:
            while True:
                batch = await pull.next_batch(_IDLE_SECONDS)
                for message in batch:
                    if message.metadata.sequence.consumer != expected:
                        raise PullInterrupted("a message was lost on its way")
                    expected += 1
                if batch and await self._ledger.version(self._target_id) != self._record.since_version:
                    raise Superseded
                reached = await self._tell_batch(batch, reached)
                await self._go_on()

    async def _go_on(self) -> None:
        self._failures = 0
        if self._has_bug:
            await self._stalls.end(self._target_id)
            self._has_bug = False

    async def _stall(self, reason: str) -> float:
        """Say why the target stands still; returns how long it does so before the next try."""
        self._failures += 1
        await self._stalls.begin(self._target_id, reason)
        return pause_after(self._failures, self._patience.longest_pause)

    def _interrupted(self, error: Exception) -> float:
        """What passes by itself is waited for less long; raises what Postgres brought about. Silence may be of NATS."""
        if isinstance(error, TRANSIENT) and not isinstance(error, nats.errors.Error):
            raise error
        self._failures += 1
        self._log.info("telling_interrupted", error=type(error).__name__)
        return pause_after(self._failures, min(_LONGEST_INTERRUPTION, self._patience.longest_pause))

    async def _tell_batch(self, batch: Sequence[Msg], reached: int) -> int:
        """Tell what is to be told of a batch; returns the place of its last message."""
        fresh = {each.metadata.sequence.stream: each for each in batch if each.metadata.sequence.stream > reached}
        if not fresh:
            for each in batch:
                await each.ack()
            return reached
        waiting = _Waiting(fresh, await self._reader.chosen(list(fresh.values())))
        last, taken_at = max(fresh), time.monotonic()
        while waiting.events:
            if time.monotonic() - taken_at > _LONG_SECONDS:
                await self._go_on()
                raise TakenLongAgo
            waiting.events = waiting.without(await _finished(self._tell_or_stumble(waiting)))
            reached = waiting.events[0].sequence - 1 if waiting.events else last
            await consumers.acknowledge(fresh, reached)
        await self._ledger.move(self._target_id, Place(self._made, last))
        await consumers.acknowledge(fresh, last)
        return last

    async def _tell_or_stumble(self, waiting: _Waiting) -> Sequence[Envelope]:
        """Tell what goes first; a bug that it meets is a failure of the first event, like others."""
        try:
            return await self._tell_first(waiting)
        except (NotSent, *PASSING):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._log.exception("telling_failed")
            self._teller.alone(waiting.events[-1].sequence)
            bug = TryLater(_as_bug(error))
            return await self._not_sent(waiting, waiting.events[:1], bug, Try(datetime.now(UTC), 0.0, None, str(bug)))

    async def _tell_first(self, waiting: _Waiting) -> Sequence[Envelope]:
        """Tell by one request what goes first; returns those events that need no further try."""
        try:
            group = await self._teller.group(waiting.events)
        except Refused as refused:
            tried = Try(datetime.now(UTC), 0.0, None, str(refused))
            return await self._put_aside(waiting, waiting.events[0], tried)
        begun, started = datetime.now(UTC), time.monotonic()
        await self._ledger.begin(self._target_id, group.told, begun)
        try:
            sent = await self._send(group)
        except NotSent as fault:
            tried = Try(begun, time.monotonic() - started, fault.answer, str(fault))
            if isinstance(fault, MessageGone | ThreadArchived) and group.changes:
                REQUESTS.labels(type(fault).__name__).inc()
                self._teller.anew(group.told[0].sequence)
                return ()
            return await self._not_sent(waiting, group.told, fault, tried)
        tried = Try(begun, time.monotonic() - started, sent.answer)
        reached = Place(self._made, waiting.settled_with(group.told))
        settled = Settlement(self._target_id, group.told, "done", reached, tried, sent.message_id, group.shown)
        try:
            await self._ledger.settle(settled)
        except PASSING:
            raise
        except Exception:  # noqa: BLE001 - it arrived, and is not sent again because it cannot be kept
            self._log.exception("message_not_kept")
            await self._ledger.settle(replace(settled, message_id=None, shown=()))
        self._failures, self._waited = 0, 0.0
        DELIVERIES.labels("done").inc(len(group.told))
        return group.told

    async def _send(self, group: Group) -> Sent:
        """One request, in the trace of the first event that it tells, with links to the others'."""
        kind = self._record.target.kind
        causes = [cause_in(each.attributes) for each in group.told]
        with REQUEST_SECONDS.labels(kind).time(), merged_span(f"tell {kind}", causes, SpanKind.CLIENT) as current:
            current.set_attribute("messaging.batch.message_count", len(group.told))
            sent = await group.send()
            current.set_attribute("http.response.status_code", sent.answer)
            return sent

    async def _not_sent(
        self, waiting: _Waiting, told: Sequence[Envelope], fault: NotSent, tried: Try
    ) -> Sequence[Envelope]:
        """What follows from a fault. Raises it where telling cannot go on now."""
        REQUESTS.labels(type(fault).__name__).inc()
        first = told[0]
        if isinstance(fault, NotNow):
            self._waited += max(fault.seconds or 0.0, _RETRY_SECONDS)
            if self._waited <= self._patience.usual:
                raise fault
        if isinstance(fault, Refused) and len(told) > 1:
            self._teller.alone(told[-1].sequence)
            return ()
        if isinstance(fault, Refused):
            return await self._put_aside(waiting, first, tried)
        reached = Place(self._made, waiting.settled_with(()))
        since = await self._ledger.fail(self._target_id, told, reached, tried)
        self._log.warning("target_failing", error=str(fault), since=since.isoformat())
        if isinstance(fault, NotNow):
            self._waited = 0.0
            raise fault
        age = tried.at - max(since, first.stored_at, self._record.target.changed_at)
        if isinstance(fault, TryLater) and age.total_seconds() >= self._patience.give_up:
            return await self._put_aside(waiting, first, replace(tried, error=f"given up: {tried.error}"))
        self._failures += 1
        raise fault

    async def _put_aside(self, waiting: _Waiting, told: Envelope, tried: Try) -> Sequence[Envelope]:
        """A dead letter: nothing is dropped, and the next one has its turn."""
        await self._reader.put_aside(waiting.messages[told.sequence], tried.error or "refused")
        await self._ledger.begin(self._target_id, [told], tried.at)
        reached = Place(self._made, waiting.settled_with([told]))
        await self._ledger.settle(Settlement(self._target_id, [told], "dead", reached, tried))
        self._log.warning("delivery_put_aside", event_id=str(told.event_id), error=tried.error)
        DELIVERIES.labels("dead").inc()
        return [told]


def _as_bug(error: Exception) -> str:
    return f"a fault of banstream itself ({type(error).__name__}), of which its log says more"


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    """A request that is on its way is waited for and written down, also when telling is to stop."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        with suppress(Exception, asyncio.CancelledError):
            task.result()
        raise
