"""Reads what one target is to be told, and has it told, whatever happens to the others.

What is new is told in order. At Discord, what changes a message is deferred: written down, so that reading goes on
past it, and told while nothing new waits.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from banstream_decider.event_consumers import Withheld
from banstream_decider.leader import PASSING
from banstream_decider.turns import pause_after
from banstream_event_log.postgres import TRANSIENT
from banstream_notifier import consumers
from banstream_notifier.deferred import Deferral, Deferred
from banstream_notifier.delivering import LEAST_WAIT_SECONDS, Deliverer, Patience, Waiting, as_bug
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Ledger, Place
from banstream_notifier.outcomes import Gone, NotNow, OldEditsLimited, TryLater
from banstream_notifier.reading import Reader
from banstream_notifier.record import Record
from banstream_notifier.stalls import Stalls
from banstream_notifier.teller import Teller
from banstream_runtime.pull import BatchPull, PullInterrupted
from banstream_runtime.tasks import heed_cancellation

_BATCH = 200
_IDLE_SECONDS = 30.0
_LONG_SECONDS = 60.0
"""Half of what NATS waits for an acknowledgement before it gives an event again."""
_LONGEST_INTERRUPTION = 15.0
_YOUNG = timedelta(minutes=59)
"""Messages that are no hour old for Discord either, whose clock is another."""

logger = structlog.stdlib.get_logger(__name__)


class Superseded(Exception):
    """The target has changed: what was taken is for another worker."""


class TakenLongAgo(Exception):
    """Events still wait: they are taken anew, before NATS gives them again."""


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
        self._deferred = Deferred(ledger, record.target.id)
        self._deliverer = Deliverer(ledger, record, self._reader, teller, patience)
        self._stalls = Stalls(ledger)
        self._has_bug = False
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
                pause = wait.seconds or LEAST_WAIT_SECONDS
            except TryLater as later:
                pause = max(self._pause_after_failure(), later.seconds or 0.0)
            except Withheld as refusal:
                pause = await self._stall(str(refusal))
            except PASSING as error:
                pause = self._interrupted(error)
            except Exception as error:  # noqa: BLE001 - a bug stops this target alone, and is told as one
                self._log.exception("telling_failed")
                self._has_bug = True
                pause = await self._stall(as_bug(error))
            await asyncio.sleep(pause)

    async def _tell_on(self) -> None:
        self._made = await consumers.made_at(self._client)
        place = await self._ledger.place(self._target_id)
        await self._deferred.tidy(self._made)
        more = await consumers.take(self._client, self._record, place, self._made)
        if not self._has_bug:
            await self._stalls.end(self._target_id)
        read = place.sequence if place and place.stream == self._made else 0
        expected = 1
        idle = _IDLE_SECONDS if more else 0.0
        async with BatchPull(self._client, consumers.spec_of(self._target_id), _BATCH) as pull:
            while True:
                await self._teller.until_free()
                batch = await pull.next_batch(idle)
                for message in batch:
                    if message.metadata.sequence.consumer != expected:
                        raise PullInterrupted("a message was lost on its way")
                    expected += 1
                if batch:
                    await self._heed_changes()
                read = await self._tell_batch(batch, read)
                has_waited = idle > 0
                more = batch[-1].metadata.num_pending if batch else 0
                idle = _IDLE_SECONDS if more else await self._tell_deferred(read)
                if batch or has_waited or not idle:
                    await self._go_on()

    async def _heed_changes(self) -> None:
        if await self._ledger.version(self._target_id) != self._record.since_version:
            raise Superseded

    async def _go_on(self) -> None:
        self._deliverer.failures = 0
        if self._has_bug:
            await self._stalls.end(self._target_id)
            self._has_bug = False

    async def _stall(self, reason: str) -> float:
        """Say why the target stands still; returns how long it does so before the next try."""
        self._deliverer.failures += 1
        await self._stalls.begin(self._target_id, reason)
        return self._pause_after_failure()

    def _interrupted(self, error: Exception) -> float:
        """What passes by itself is waited for less long; raises what Postgres brought about. Silence may be of NATS."""
        if isinstance(error, TRANSIENT) and not isinstance(error, nats.errors.Error):
            raise error
        self._deliverer.failures += 1
        self._log.info("telling_interrupted", error=type(error).__name__)
        return min(_LONGEST_INTERRUPTION, self._pause_after_failure())

    def _pause_after_failure(self) -> float:
        return pause_after(self._deliverer.failures, self._patience.longest_pause)

    async def _tell_batch(self, batch: Sequence[Msg], read: int) -> int:
        """Tell what is new of a batch, and defer the rest of it; returns the place of its last message."""
        fresh = {each.metadata.sequence.stream: each for each in batch if each.metadata.sequence.stream > read}
        if not fresh:
            for each in batch:
                await each.ack()
            return read
        waiting = Waiting(self._made, fresh, await self._new_of(list(fresh.values())))
        last, taken_at = max(fresh), time.monotonic()
        while waiting.events:
            if time.monotonic() - taken_at > _LONG_SECONDS:
                await self._go_on()
                raise TakenLongAgo
            waiting.events = waiting.without(await self._deliverer.tell(waiting))
            read = waiting.events[0].sequence - 1 if waiting.events else last
            await consumers.acknowledge(fresh, read)
        await self._ledger.move(self._target_id, Place(self._made, last))
        await consumers.acknowledge(fresh, last)
        return last

    async def _new_of(self, messages: Sequence[Msg]) -> list[Envelope]:
        """Those of the events to be told that wait for nothing; the others are deferred."""
        arrived = await self._reader.chosen(messages)
        waiting = await self._deferred.keys({each.message_key for each in arrived if each.message_key})
        erasures = await self._deferred.erasures()
        erasing = await self._reader.chosen(list((await self._stored(erasures)).values())) if erasures else []
        later = await self._teller.deferred(arrived, waiting, erasing)
        if later:
            await self._deferred.add(later)
        places = {each.sequence for each in later}
        return [each for each in arrived if each.sequence not in places]

    async def _tell_deferred(self, read: int) -> float:
        """Tell by one request what was deferred; returns for how long there is nothing more unless something comes."""
        pause = self._teller.old_edits_wait_seconds()
        first = await self._deferred.first(datetime.now(UTC) - _YOUNG if pause else None)
        if not first:
            return min(pause or _IDLE_SECONDS, _IDLE_SECONDS)
        await self._heed_changes()
        messages = await self._stored(first)
        events = await self._reader.chosen(list(messages.values()))
        chosen = {each.sequence for each in events}
        if dropped := [each for each in first if each.sequence not in chosen]:
            await self._deferred.drop(dropped)
        if events:
            try:
                await self._deliverer.tell(Waiting(self._made, messages, events, read))
            except OldEditsLimited:
                if pause:
                    raise
        return 0.0

    async def _stored(self, deferrals: Sequence[Deferral]) -> dict[int, Msg]:
        """Their messages by sequence, as far as EVENTS still has them."""
        found: dict[int, Msg] = {}
        for each in deferrals:
            if message := await consumers.stored(self._client, each.sequence, each.event_id):
                found[each.sequence] = message
            else:
                self._log.warning("deferred_event_gone", event_id=str(each.event_id))
        return found
