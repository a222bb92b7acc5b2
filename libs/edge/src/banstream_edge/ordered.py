"""One ordered consumer of a stream, which knows when it is broken."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from banstream_runtime.wire import headers_of, is_status, listen, unlisten

HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 5.0
"""After so long without a message or heartbeat the consumer is taken for dead: two were missed."""

_SHORT_FORM = 9
"""Words of an acknowledgement subject. The longer form has a domain and account hash before the stream, and may end
in one random word more."""

Place = list[bytes]
"""Of a message: its sequence in the stream and of the consumer, its time in ns, how many messages are still to come."""

Take = Callable[[bytes, Place, bytes, bytes], None]
"""What a message is given to: its subject, its place in the stream (`sequence_of`, `stored_at`), its headers as they
are written (`header_of`), and its body."""


@dataclass(frozen=True, slots=True)
class Start:
    """Which messages of which stream, and from where on; `sequence` where the policy needs it."""

    stream: str
    subjects: tuple[str, ...]
    policy: DeliverPolicy
    sequence: int | None = None


def sequence_of(place: Place) -> int:
    """The number of a message in its stream."""
    return int(place[0])


def stored_at(place: Place) -> float:
    """When the stream took a message, in Unix seconds."""
    return int(place[2]) / 1e9


class OrderedConsumer:
    """Hands every message to `take` in order: first what the stream holds, then what is added to it.

    `passed` hears now and then, while there is nothing to take, up to where the stream has been looked through.
    """

    def __init__(self, client: Client, start: Start, take: Take, passed: Callable[[int], None] | None = None) -> None:
        self.broken: str | None = None
        """Why nothing more can be believed of this consumer."""
        self.heard_at = time.monotonic()
        self.may_be_through = False
        self._client = client
        self._start = start
        self._take = take
        self._passed = passed
        self._sequence = 0
        self._name = ""
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Create it on the server. Raises nats errors, OSError or TimeoutError."""
        inbox = self._client.new_inbox()
        self._subscription = await listen(self._client, inbox, self._receive)
        info = await self._client.jsm().add_consumer(self._start.stream, self._config(inbox))
        self._name = info.name
        self.may_be_through = self.may_be_through or info.num_pending == 0

    async def stop(self) -> None:
        """Drop it on the server, which would otherwise do so by itself a while later."""
        self.fail("stopped")
        await unlisten(self._client, self._subscription)
        if self._client.is_connected and self._name:
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

    def _receive(self, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> Awaitable[None] | None:
        self.heard_at = time.monotonic()
        if self.broken:
            return None
        if headers and is_status(headers):
            return self._control(reply, headers_of(headers))
        place = _place(reply)
        _, sequence, _, pending = place
        if int(sequence) != self._sequence + 1:
            self.fail("gap")
            return None
        self._sequence += 1
        self._take(subject, place, headers, body)
        if pending == b"0":
            self.may_be_through = True
            self._news.set()
        return None

    async def _control(self, reply: bytes, headers: dict[str, str]) -> None:
        """Heartbeats name the last message sent and the last looked at; flow control waits for an answer."""
        answer = reply.decode() or headers.get("Nats-Consumer-Stalled")
        if answer and self._client.is_connected:
            await self._client.publish(answer)
        last = headers.get("Nats-Last-Consumer")
        if last is None:
            return
        if int(last) != self._sequence:
            self.fail("lost a message")
        elif self._passed is not None and not self.broken:
            self._passed(int(headers["Nats-Last-Stream"]))

    def _config(self, inbox: str) -> ConsumerConfig:
        return ConsumerConfig(
            deliver_subject=inbox,
            deliver_policy=self._start.policy,
            opt_start_seq=self._start.sequence,
            ack_policy=AckPolicy.NONE,
            filter_subjects=[*self._start.subjects],
            flow_control=True,
            idle_heartbeat=HEARTBEAT_SECONDS,
            inactive_threshold=30.0,
            max_deliver=1,
            mem_storage=True,
            num_replicas=1,
        )


def _place(reply: bytes) -> Place:
    """As the subject of acknowledgements says it."""
    words = reply.split(b".")
    return words[5:9] if len(words) == _SHORT_FORM else words[7:11]
