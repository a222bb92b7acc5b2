"""Batches from a durable pull consumer: whatever is waiting, at once, in order.

A standing request keeps messages coming as they are stored, so that a single command waits for no timer and
a burst arrives as one batch. The client library's own `fetch` asks anew for each batch and, when fewer
messages wait than were asked for, holds them back until its time-out; its `next_msg` makes a task for each message.
"""

import asyncio
import json
import time
from collections import deque
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError

from banstream_contracts.streams import ConsumerSpec
from banstream_runtime.tasks import heed_cancellation

_EXPIRES_SECONDS = 30
_HEARTBEAT_SECONDS = 2
_SILENCE_SECONDS = 5.0
_NANOSECONDS = 1_000_000_000
_EVER = datetime.max.replace(tzinfo=UTC)


class PullInterrupted(Exception):
    """Nothing was heard of the consumer any more, or it is gone: make it anew and start again."""


class BatchPull:
    """A standing pull request on a consumer; use as a context manager."""

    def __init__(self, client: Client, spec: ConsumerSpec, max_batch: int) -> None:
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{spec.stream}.{spec.name}"
        self._inbox = client.new_inbox()
        self._max_batch = max_batch
        self._requested = 0
        self._heard_at = 0.0
        self._arrived: deque[Msg] = deque()
        self._more_wait = True
        self._last_stored_at = datetime.min.replace(tzinfo=UTC)
        self._news = asyncio.Event()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        """Ask for the first batch. Raises nats errors."""
        self._subscription = await self._client.subscribe(self._inbox, cb=self._arrive)
        self._heard_at = time.monotonic()
        try:
            await self._request()
        except BaseException:
            await self._stop_listening()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening; what was delivered and not acknowledged comes again."""
        await self._stop_listening()

    async def _stop_listening(self) -> None:
        if self._subscription and not self._client.is_closed:
            await self._subscription.unsubscribe()

    async def next_batch(self, timeout_seconds: float) -> list[Msg]:
        """All that waits, at least one message unless the time is over. Raises PullInterrupted or nats errors."""
        deadline = time.monotonic() + timeout_seconds
        batch: list[Msg] = []
        while not batch:
            heed_cancellation()
            if not await self._has_news(deadline):
                return batch
            while self._arrived and len(batch) < self._max_batch:
                self._take(self._arrived.popleft(), batch)
            if batch:
                last = batch[-1].metadata
                self._last_stored_at, self._more_wait = last.timestamp, last.num_pending > 0
            if self._requested < self._max_batch // 2:
                await self._request()
        return batch

    @property
    def taken_until(self) -> datetime:
        """What was stored by then has been taken: the end of time if nothing waits, its start until that is heard."""
        return self._last_stored_at if self._more_wait or self._arrived else _EVER

    async def _arrive(self, message: Msg) -> None:
        self._arrived.append(message)
        self._news.set()

    async def _has_news(self, deadline: float) -> bool:
        if self._arrived:
            return True
        if self._client.is_closed:
            raise ConnectionClosedError
        self._news.clear()
        wait = min(deadline, self._heard_at + _SILENCE_SECONDS) - time.monotonic()
        try:
            async with asyncio.timeout(max(wait, 0.001)):
                await self._news.wait()
        except TimeoutError:
            if time.monotonic() - self._heard_at >= _SILENCE_SECONDS:
                raise PullInterrupted("no heartbeat from the consumer") from None
            return False
        return True

    def _take(self, message: Msg, batch: list[Msg]) -> None:
        self._heard_at = time.monotonic()
        if message.reply:
            self._requested -= 1
            batch.append(message)
            return
        match status := (message.headers or {}).get("Status"):
            case "100":  # it comes where there was nothing to send
                self._more_wait = False
            case "408":
                self._requested = 0
            case _:
                raise PullInterrupted(f"{status} {(message.headers or {}).get('Description', '')}")

    async def _request(self) -> None:
        count = self._max_batch - self._requested
        request = {
            "batch": count,
            "expires": _EXPIRES_SECONDS * _NANOSECONDS,
            "idle_heartbeat": _HEARTBEAT_SECONDS * _NANOSECONDS,
        }
        await self._client.publish(self._next, json.dumps(request).encode(), reply=self._inbox)
        self._requested += count
