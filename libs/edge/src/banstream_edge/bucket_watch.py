"""A KV bucket, watched into memory without gaps.

The library's watcher continues after a break with what is new, so a key that vanished meanwhile would stay here
for ever, and it ends where its consumer died with the server. Here every break starts a new pass over the whole
bucket, which the sink reconciles; until that pass is through, the sink answers with what it had.
"""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog
from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import DeliverPolicy

from banstream_contracts.streams import FILLING_KEY
from banstream_edge.ordered import SILENCE_SECONDS, OrderedConsumer, Place, Start
from banstream_edge.wholeness import Wholeness
from banstream_runtime.tasks import heed_cancellation

logger = structlog.stdlib.get_logger(__name__)

_RETRY_SECONDS = 0.25
_FAULTS = (Error, OSError, asyncio.TimeoutError)
_DELETED, _ENDED = b"\r\nKV-Operation:", b"\r\nNats-Marker-Reason:"
"""In the headers of what stands for a deletion, by somebody or by itself."""


class Sink(Protocol):
    """Where the entries go."""

    def begin(self) -> None:
        """A pass over the whole bucket starts."""

    def apply(self, key: str, value: bytes | None) -> None:
        """One entry, in the order of the bucket; None is a deletion. Raises ValueError for what it cannot read."""

    def complete(self) -> None:
        """The pass has seen everything."""

    @property
    def is_behind(self) -> bool:
        """Whether the pass knows less than an earlier one did."""


class BucketWatch:
    """Keeps one sink in step with one bucket."""

    def __init__(self, bucket: str, sink: Sink) -> None:
        self.bucket = bucket
        self.is_loaded = False
        """Whether one pass was completed over a whole bucket, ever, or the sink has taken a copy of one."""
        self.copied_at: datetime | None = None
        """Of when the copy is that the sink answers from, until a pass was completed."""
        self._sink = sink
        prefix = f"$KV.{bucket}."
        self._prefix_bytes = len(prefix)
        self._start = Start(f"KV_{bucket}", (f"{prefix}>",), DeliverPolicy.LAST_PER_SUBJECT)
        self._consumer: OrderedConsumer | None = None
        self._wholeness = Wholeness(bucket)
        self._in_step = False
        self._in_step_until = time.monotonic()

    @property
    def lacks(self) -> str | None:
        """What the first pass waits for."""
        return None if self.is_loaded else self._wholeness.filling or "not loaded yet"

    def stale_seconds(self) -> float:
        """How long ago the sink was last known to be in step; 0 while it is."""
        unheard = self.unheard_seconds()
        consumer = self._consumer if self._in_step else None
        return 0.0 if consumer and not consumer.broken and unheard < SILENCE_SECONDS else unheard

    def unheard_seconds(self) -> float:
        """How long ago the server was heard last while the sink was in step."""
        consumer = self._consumer if self._in_step else None
        return time.monotonic() - (consumer.heard_at if consumer else self._in_step_until)

    @property
    def is_in_step(self) -> bool:
        """Whether the sink holds now what the bucket holds."""
        return self._in_step and not self.stale_seconds()

    @property
    def is_arriving(self) -> bool:
        """Whether the server is about to bring a whole bucket: a million entries take a while."""
        consumer = self._consumer
        if consumer is None or consumer.broken or self._wholeness.filling:
            return False
        return not consumer.may_be_through

    def adopt(self, copied_at: datetime, seconds: float) -> None:
        """The sink has taken a copy, which was in step so long ago."""
        self.is_loaded, self.copied_at = True, copied_at
        self._in_step_until = time.monotonic() - seconds

    def interrupt(self) -> None:
        """The connection was lost or made anew: a consumer may have died with it."""
        if self._consumer is not None:
            self._consumer.fail("connection")

    async def run(self, client: Client) -> None:
        """Follow the bucket until cancelled."""
        while True:
            heed_cancellation()
            try:
                if client.is_connected:
                    await self._follow(OrderedConsumer(client, self._start, self._take))
            except _FAULTS as error:
                logger.warning("watch_interrupted", bucket=self.bucket, reason=repr(error))
            await asyncio.sleep(_RETRY_SECONDS)

    async def _follow(self, consumer: OrderedConsumer) -> None:
        self._sink.begin()
        self._wholeness = Wholeness(self.bucket)
        self._consumer = consumer
        try:
            await consumer.start()
            while not consumer.broken:
                await consumer.wait()
                if consumer.may_be_through and not self._in_step:
                    await self._settle(consumer)
            logger.info("watch_restarts", bucket=self.bucket, reason=consumer.broken)
        finally:
            self._fall_behind(consumer)
            with suppress(*_FAULTS):
                await consumer.stop()

    async def _settle(self, consumer: OrderedConsumer) -> None:
        if await consumer.is_through() and self._wholeness.is_whole and not self._sink.is_behind:
            self._sink.complete()
            self.is_loaded = self._in_step = True
            self.copied_at = None
            logger.info("watch_in_step", bucket=self.bucket)

    def _fall_behind(self, consumer: OrderedConsumer) -> None:
        if self._in_step:
            self._in_step, self._in_step_until = False, consumer.heard_at

    def _take(self, subject: bytes, _place: Place, headers: bytes, value: bytes) -> None:
        key = subject[self._prefix_bytes :].decode(errors="replace")
        told = None if _DELETED in headers or _ENDED in headers else value
        try:
            self._wholeness.hear(key, told)
            if key != FILLING_KEY:
                self._sink.apply(key, told)
        except ValueError as error:
            logger.error("unreadable_entry", bucket=self.bucket, key=key, error=type(error).__name__)  # noqa: TRY400 - the value may be personal
