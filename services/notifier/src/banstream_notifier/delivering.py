"""Tells one target what it is given, request by request, and does what follows from each answer."""

import asyncio
import time
from collections.abc import Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram

from banstream_decider.leader import PASSING
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Ledger, Place, Settlement, Try
from banstream_notifier.outcomes import (
    MessageGone,
    NotNow,
    NotSent,
    Refused,
    Sent,
    ThreadArchived,
    TryLater,
    Unfinished,
)
from banstream_notifier.reading import Reader
from banstream_notifier.record import Record
from banstream_notifier.teller import Group, Teller
from banstream_runtime.telemetry import cause_in, merged_span

LEAST_WAIT_SECONDS = 0.5

logger = structlog.stdlib.get_logger(__name__)

DELIVERIES = Counter("banstream_notifier_deliveries_total", "Events by what became of them at a target", ["status"])
REQUESTS = Counter("banstream_notifier_failed_requests_total", "Requests that did not arrive", ["kind"])
REQUEST_SECONDS = Histogram("banstream_notifier_request_seconds", "Requests by kind of target", ["kind"])

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: the longest pause between two tries, and how long an event is tried.

    Of rate limits in a row nobody needs to hear while they are `usual`; longer ones explain why nothing arrives.
    """

    longest_pause: float
    give_up: float
    usual: float = 60.0


@dataclass(slots=True)
class Waiting:
    """Events that are to be told, of an EVENTS that was `made` then, and messages of theirs by sequence.

    Where they were deferred, `read` is how far EVENTS is read; else that is up to the first that is not told.
    """

    made: str
    messages: Mapping[int, Msg]
    events: list[Envelope]
    read: int | None = None

    def without(self, told: Collection[Envelope]) -> list[Envelope]:
        """What is left when those are told; it may stand among them."""
        places = {each.sequence for each in told}
        return [each for each in self.events if each.sequence not in places]

    def settled_with(self, told: Collection[Envelope]) -> Place:
        """Up to where everything is told or deferred when those are."""
        if self.read is not None:
            return Place(self.made, self.read)
        left = self.without(told)
        return Place(self.made, left[0].sequence - 1 if left else self.events[-1].sequence)


class Deliverer:
    """Of one target. `failures` are those in a row: whoever pauses after one begins anew when all went well."""

    def __init__(self, ledger: Ledger, record: Record, reader: Reader, teller: Teller, patience: Patience) -> None:
        self.failures = 0
        self._ledger = ledger
        self._record = record
        self._target_id = record.target.id
        self._reader = reader
        self._teller = teller
        self._patience = patience
        self._waited = 0.0
        self._log = logger.bind(target_id=record.target.id)

    async def tell(self, waiting: Waiting) -> Sequence[Envelope]:
        """Tell by one request what goes first; returns those events that need no further try.

        A bug that it meets is a failure of the first event, like others. Raises NotSent and what passes by itself.
        """
        return await _finished(self._tell_or_stumble(waiting))

    async def _tell_or_stumble(self, waiting: Waiting) -> Sequence[Envelope]:
        try:
            return await self._tell_first(waiting)
        except (NotSent, *PASSING):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._log.exception("telling_failed")
            self._teller.alone(waiting.events)
            bug = TryLater(as_bug(error))
            return await self._not_sent(waiting, waiting.events[:1], bug, Try(datetime.now(UTC), 0.0, None, str(bug)))

    async def _tell_first(self, waiting: Waiting) -> Sequence[Envelope]:
        try:
            group = await self._teller.group(waiting.events)
        except Refused as refused:
            tried = Try(datetime.now(UTC), 0.0, None, str(refused))
            return await self._put_aside(waiting, waiting.events[0], tried)
        begun, started = datetime.now(UTC), time.monotonic()
        await self._ledger.begin(self._target_id, group.told, begun)
        try:
            sent = await self._send(group)
        except Unfinished:
            return ()
        except NotSent as fault:
            tried = Try(begun, time.monotonic() - started, fault.answer, str(fault))
            if isinstance(fault, MessageGone | ThreadArchived) and group.changes:
                REQUESTS.labels(type(fault).__name__).inc()
                self._teller.anew(group.told[0].sequence)
                return ()
            return await self._not_sent(waiting, group.told, fault, tried)
        tried = Try(begun, time.monotonic() - started, sent.answer)
        reached = waiting.settled_with(group.told)
        settled = Settlement(self._target_id, group.told, "done", reached, tried, sent.message_id, group.shown)
        try:
            await self._ledger.settle(settled)
        except PASSING:
            raise
        except Exception:  # noqa: BLE001 - it arrived, and is not sent again because it cannot be kept
            self._log.exception("message_not_kept")
            await self._ledger.settle(replace(settled, message_id=None, shown=()))
        self.failures, self._waited = 0, 0.0
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
        self, waiting: Waiting, told: Sequence[Envelope], fault: NotSent, tried: Try
    ) -> Sequence[Envelope]:
        """What follows from a fault. Raises it where telling cannot go on now."""
        REQUESTS.labels(type(fault).__name__).inc()
        first = told[0]
        if isinstance(fault, NotNow):
            self._waited += max(fault.seconds or 0.0, LEAST_WAIT_SECONDS)
            if self._waited <= self._patience.usual:
                raise fault
        if isinstance(fault, Refused) and len(told) > 1:
            self._teller.alone(told)
            return ()
        if isinstance(fault, Refused):
            return await self._put_aside(waiting, first, tried)
        reached = waiting.settled_with(())
        since = await self._ledger.fail(self._target_id, told, reached, tried)
        self._log.warning("target_failing", error=str(fault), since=since.isoformat())
        if isinstance(fault, NotNow):
            self._waited = 0.0
            raise fault
        age = tried.at - max(since, first.stored_at, self._record.target.changed_at)
        if isinstance(fault, TryLater) and age.total_seconds() >= self._patience.give_up:
            return await self._put_aside(waiting, first, replace(tried, error=f"given up: {tried.error}"))
        self.failures += 1
        raise fault

    async def _put_aside(self, waiting: Waiting, told: Envelope, tried: Try) -> Sequence[Envelope]:
        """A dead letter: nothing is dropped, and the next one has its turn."""
        await self._reader.put_aside(waiting.messages[told.sequence], tried.error or "refused")
        await self._ledger.begin(self._target_id, [told], tried.at)
        reached = waiting.settled_with([told])
        await self._ledger.settle(Settlement(self._target_id, [told], "dead", reached, tried))
        self._log.warning("delivery_put_aside", event_id=str(told.event_id), error=tried.error)
        DELIVERIES.labels("dead").inc()
        return [told]


def as_bug(error: Exception) -> str:
    """What a target says of a bug."""
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
