"""One ordered consumer of a stream, which knows when it is broken."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

HEARTBEAT_SECONDS = 1.0
SILENCE_SECONDS = 3.0
"""After so long without a message or heartbeat the consumer is taken for dead."""

_TOKENS_BEFORE_RANDOM = 11
"""An acknowledgement subject with a domain and account hash may end in one random token more."""

Take = Callable[[Msg, int], None]
"""What a message is given to, with its sequence in the stream."""


@dataclass(frozen=True, slots=True)
class Start:
    """Which messages of which stream, and from where on; `time` and `sequence` as the policy needs them."""

    stream: str
    subject: str
    policy: DeliverPolicy
    time: datetime | None = None
    sequence: int | None = None


class OrderedConsumer:
    """Hands every message to `take` in order: first what the stream holds, then what is added to it."""

    def __init__(self, client: Client, start: Start, take: Take) -> None:
        self.broken: str | None = None
        """Why nothing more can be believed of this consumer."""
        self.heard_at = time.monotonic()
        self.may_be_through = False
        self._client = client
        self._start = start
        self._take = take
        self._sequence = 0
        self._name = ""
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Create it on the server. Raises nats errors, OSError or TimeoutError."""
        inbox = self._client.new_inbox()
        self._subscription = await self._client.subscribe(
            inbox, cb=self._receive, pending_msgs_limit=0, pending_bytes_limit=0
        )
        info = await self._client.jsm().add_consumer(self._start.stream, self._config(inbox))
        self._name = info.name
        self.may_be_through = self.may_be_through or info.num_pending == 0

    async def stop(self) -> None:
        """Drop it on the server, which would otherwise do so by itself a while later."""
        self.fail("stopped")
        if self._client.is_connected:
            await self._subscription.unsubscribe()
            if self._name:
                await self._client.jsm().delete_consumer(self._start.stream, self._name)

    async def wait(self) -> None:
        """Wait for news, at most a heartbeat long; silence breaks the consumer."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._news.wait()
        except TimeoutError:
            if time.monotonic() - self.heard_at > SILENCE_SECONDS:
                self.fail("silence")
        finally:
            self._news.clear()

    async def is_through(self) -> bool:
        """Whether the stream as it was has been seen whole; asks the server once more.

        The count of pending messages alone is no proof: an entry of a bucket that changes meanwhile moves to the end.
        """
        info = await self._client.jsm().consumer_info(self._start.stream, self._name)
        delivered = info.delivered.consumer_seq if info.delivered else 0
        return info.num_pending == 0 and delivered <= self._sequence and self.broken is None

    def fail(self, reason: str) -> None:
        """Nothing more is taken from it."""
        self.broken = self.broken or reason
        self._news.set()

    async def _receive(self, message: Msg) -> None:
        self.heard_at = time.monotonic()
        headers = message.headers or {}
        if self.broken:
            return
        if "Status" in headers:
            await self._control(message, headers)
            return
        *_, stream_sequence, sequence, _, pending = message.reply.split(".")[:_TOKENS_BEFORE_RANDOM]
        if int(sequence) != self._sequence + 1:
            self.fail("gap")
            return
        self._sequence += 1
        self._take(message, int(stream_sequence))
        if pending == "0":
            self.may_be_through = True
            self._news.set()

    async def _control(self, message: Msg, headers: dict[str, str]) -> None:
        """Heartbeats name the last message sent; flow control waits for an answer."""
        answer = message.reply or headers.get("Nats-Consumer-Stalled")
        if answer and self._client.is_connected:
            await self._client.publish(answer)
        last = headers.get("Nats-Last-Consumer")
        if last is not None and int(last) != self._sequence:
            self.fail("lost a message")

    def _config(self, inbox: str) -> ConsumerConfig:
        return ConsumerConfig(
            deliver_subject=inbox,
            deliver_policy=self._start.policy,
            opt_start_time=self._start.time,
            opt_start_seq=self._start.sequence,
            ack_policy=AckPolicy.NONE,
            filter_subject=self._start.subject,
            flow_control=True,
            idle_heartbeat=HEARTBEAT_SECONDS,
            inactive_threshold=30.0,
            max_deliver=1,
            mem_storage=True,
            num_replicas=1,
        )
