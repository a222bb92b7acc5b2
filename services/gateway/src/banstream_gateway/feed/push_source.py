"""Follows what EVENTS has to tell into the ring, each event when the restrictions that it is about have arrived."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from banstream_contracts import streams
from banstream_contracts.headers import EVENT_POSITION, EVENT_SOURCE, EVENT_TYPE, SOURCE_INFRACTIONS
from banstream_edge.ordered import OrderedConsumer, Place, Start, sequence_of, stored_at
from banstream_gateway.feed import pushes
from banstream_gateway.feed.ring import Entry, Ring, incarnation_of
from banstream_gateway.held.restrictions import Restrictions
from banstream_runtime.wire import header_of

logger = structlog.stdlib.get_logger(__name__)

CATCH_UP_SECONDS = 8.0
"""How long an event waits for the restrictions as of its position; those who are told would see an older state.

Longer than it takes to notice that the watch of these has died (SILENCE_SECONDS), and to begin it anew.
"""

_MOST_CATCH_UP_SECONDS = 60.0
"""The same while a watch that began anew knows less than the one before."""

_RETRY_SECONDS = 0.25
_ASK_SECONDS = 1.0
_FAULTS = (Error, OSError, asyncio.TimeoutError)


@dataclass(frozen=True, slots=True)
class _Stream:
    """The stream as it is now."""

    incarnation: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An event that was taken, and since when it may wait for a position of the restrictions."""

    sequence: int
    entry: Entry | None
    position: int
    since: float


class PushSource:
    """Keeps the ring in step with EVENTS; `told` hears of each new entry, and of None when all may have changed."""

    def __init__(
        self, ring: Ring, restrictions: Restrictions, seconds: float, told: Callable[[Entry | None], None]
    ) -> None:
        self.is_loaded = False
        """Whether everything recent of the stream as it was at the start has been read."""
        self._ring = ring
        self._restrictions = restrictions
        self._seconds = seconds
        self._told = told
        self._client: Client | None = None
        self._consumer: OrderedConsumer | None = None
        self._taken = 0
        self._arrivals: deque[_Arrival] = deque()
        self._arrived = asyncio.Event()

    def interrupt(self) -> None:
        """The connection was lost or made anew: a consumer may have died with it."""
        if self._consumer is not None:
            self._consumer.fail("connection")

    async def last_sequence(self) -> int | None:
        """The end of the stream; None when nobody knows, or another stream is there by now."""
        if self._client is None or not self._client.is_connected:
            return None
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                stream = await _stream(self._client)
        except _FAULTS:
            return None
        return stream.last if stream.incarnation == self._ring.incarnation else None

    async def run(self, client: Client) -> None:
        """Follow the stream until cancelled."""
        self._client = client
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._enter_in_time())
            while True:
                try:
                    if client.is_connected:
                        await self._follow(client)
                except _FAULTS as error:
                    logger.warning("push_source_interrupted", reason=repr(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _follow(self, client: Client) -> None:
        stream = await _stream(client)
        start = await self._start(client, stream)
        consumer = self._consumer = OrderedConsumer(client, start, self._take, self._pass_over)
        try:
            await consumer.start()
            if (await _stream(client)).incarnation != stream.incarnation:
                consumer.fail("another stream")
            while not consumer.broken:
                if consumer.may_be_through and not self.is_loaded:
                    await self._settle(consumer, stream.last)
                await consumer.wait()
                self._ring.drop_old(datetime.now(UTC).timestamp())
            logger.info("push_source_restarts", reason=consumer.broken)
        finally:
            with suppress(*_FAULTS):
                await consumer.stop()

    async def _start(self, client: Client, stream: _Stream) -> Start:
        """Behind what was taken last, if it is still there that the stream goes on; else with what is recent."""
        goes_on = stream.first - 1 <= self._taken <= stream.last
        if self.is_loaded and stream.incarnation == self._ring.incarnation and goes_on:
            return _behind(self._taken)
        logger.info("push_source_begins", incarnation=stream.incarnation, last=stream.last)
        self.is_loaded = False
        self._arrivals.clear()
        self._ring.begin(stream.incarnation)
        self._told(None)
        self._taken = await _last_before(client, datetime.now(UTC) - timedelta(seconds=self._seconds))
        self._ring.settle(self._taken)
        return _behind(self._taken)

    async def _settle(self, consumer: OrderedConsumer, last: int) -> None:
        if await consumer.is_through() and not self._arrivals:
            self._pass_over(last)
            self.is_loaded = True
            self._told(None)
            logger.info("push_source_in_step", held=len(self._ring), newest=self._ring.newest)

    def _pass_over(self, sequence: int) -> None:
        """Up to here is nothing to tell but what was taken; with that still waiting the ring must not go on."""
        if not self._arrivals and sequence > self._taken:
            self._taken = sequence
            self._ring.look(sequence)

    def _take(self, _subject: bytes, place: Place, headers: bytes, body: bytes) -> None:
        self._taken = sequence = sequence_of(place)
        entry, position = self._read(sequence, stored_at(place), headers, body)
        if not self._arrivals and position <= self._restrictions.position:
            self._enter(sequence, entry)
            return
        self._arrivals.append(_Arrival(sequence, entry, position, asyncio.get_running_loop().time()))
        self._arrived.set()

    def _read(self, sequence: int, at: float, headers: bytes, body: bytes) -> tuple[Entry | None, int]:
        """The entry, if there is one, and the position that the restrictions have to reach before it is told."""
        try:
            push = pushes.read(header_of(headers, EVENT_TYPE) or "", body)
            if push is None:
                return None, 0
            entry = Entry(sequence, at, push)
            is_ours = push.type == pushes.RESTRICTIONS and header_of(headers, EVENT_SOURCE) == SOURCE_INFRACTIONS
            position = int(header_of(headers, EVENT_POSITION) or "") if is_ours else 0
        except ValueError as error:
            logger.error("unreadable_event", sequence=sequence, error=type(error).__name__)  # noqa: TRY400 - the body may be personal
            return None, 0
        return (None, 0) if self._is_overdue(entry) else (entry, position)

    def _is_overdue(self, entry: Entry) -> bool:
        """Whether the stream took it so late that kicks and messages are beside the point; restrictions never are."""
        return entry.push.type != pushes.RESTRICTIONS and entry.stored_at - entry.push.occurred_at > self._seconds

    async def _enter_in_time(self) -> None:
        """Events that arrived before their restrictions, in order: each as soon as these are there."""
        while True:
            await self._arrived.wait()
            while self._arrivals:
                first = self._arrivals[0]
                await self._catch_up(first)
                if self._is_first(first):
                    if first.position > self._restrictions.position and self.is_loaded:
                        logger.warning("restrictions_lag_behind_events", position=first.position)
                    self._arrivals.popleft()
                    self._enter(first.sequence, first.entry)
            self._arrived.clear()

    async def _catch_up(self, arrival: _Arrival) -> None:
        """Wait for the restrictions that an arrival is about, as long as they can be expected."""
        now = asyncio.get_running_loop().time
        while not await self._restrictions.wait_for(arrival.position, _RETRY_SECONDS) and self._is_first(arrival):
            most = _MOST_CATCH_UP_SECONDS if self._restrictions.is_behind else CATCH_UP_SECONDS
            if now() - arrival.since > most:
                return

    def _is_first(self, arrival: _Arrival) -> bool:
        return bool(self._arrivals) and self._arrivals[0] is arrival

    def _enter(self, sequence: int, entry: Entry | None) -> None:
        if entry is None:
            self._ring.look(sequence)
        else:
            self._ring.add(entry)
            self._told(entry)


def _behind(sequence: int) -> Start:
    return Start(streams.EVENTS, pushes.SUBJECTS, DeliverPolicy.BY_START_SEQUENCE, sequence + 1)


async def _last_before(client: Client, time: datetime) -> int:
    """The last event that EVENTS took before a time, or what was before its first. Raises as `_stream` does.

    A consumer of some subjects would begin with the first of these: only one of all events knows what is before them.
    """
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME,
        opt_start_time=time,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=_ASK_SECONDS,
        mem_storage=True,
        num_replicas=1,
    )
    probe = await client.jsm().add_consumer(streams.EVENTS, config)
    await client.jsm().delete_consumer(streams.EVENTS, probe.name)
    return probe.delivered.stream_seq if probe.delivered else 0


async def _stream(client: Client) -> _Stream:
    """Raises nats errors, OSError or TimeoutError."""
    info = await client.jsm().stream_info(streams.EVENTS)
    created = info.created or datetime.fromtimestamp(0, UTC)
    microseconds = (created - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    return _Stream(incarnation_of(microseconds), info.state.first_seq, info.state.last_seq)
