"""Events as they happen: an ordered consumer of EVENTS that goes on where it was after every cut.

The client library's own ordered consumer starts again from the first message of the stream when it is cut
before its first message came; this one always names the next sequence.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from banstream_contracts import headers, streams, subjects
from banstream_runtime.connection import RECONNECT_SECONDS

_AGGREGATES = {
    headers.SOURCE_INFRACTIONS: subjects.INFRACTIONS_AGGREGATES,
    headers.source(streams.ABUSE_TRACKER): subjects.ABUSE_AGGREGATES,
    headers.source(streams.NOTIFIER): subjects.NOTIFIER_AGGREGATES,
    headers.source(streams.FTP_SYNC): subjects.FTP_SYNC_AGGREGATES,
    headers.source(streams.DAYZ_FEED): subjects.DAYZ_AGGREGATES,
}
_LISTEN_SECONDS = 1.0
_HEARTBEAT_SECONDS = 5.0
_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: by stream sequence or by time; what is before `position` in the log of `source` is skipped."""

    sequence: int | None = None
    since: datetime | None = None
    position: int = 0
    source: str = headers.SOURCE_INFRACTIONS


async def now(client: Client) -> Start:
    """After the last event there is."""
    return Start(sequence=(await client.jetstream().stream_info(streams.EVENTS)).state.last_seq + 1)


async def at_position(client: Client, position: int, source: str) -> Start:
    """At an event by its place in the log of its source, whose events are on the stream in their order.

    The stream holds events of several logs, and none of those that have aged out: the sequence is searched by halves.
    """
    jetstream = client.jetstream()
    state = (await jetstream.stream_info(streams.EVENTS)).state
    low, high = max(state.first_seq, 1), state.last_seq + 1
    while low < high:
        middle = (low + high) // 2
        found = await _next_of(jetstream, source, middle)
        if found is not None and found[1] < position:
            low = found[0] + 1
        else:
            high = middle
    first = await _next_of(jetstream, source, low)
    return Start(sequence=first[0] if first else state.last_seq + 1, position=position, source=source)


async def _next_of(jetstream: JetStreamContext, source: str, sequence: int) -> tuple[int, int] | None:
    """Sequence and position of the first event of a source from a sequence on."""
    found = await asyncio.gather(
        *(_next_on(jetstream, subjects.events_of(aggregate), sequence) for aggregate in _AGGREGATES[source])
    )
    return min((each for each in found if each is not None), default=None)


async def _next_on(jetstream: JetStreamContext, subject: str, sequence: int) -> tuple[int, int] | None:
    try:
        message = await jetstream.get_msg(streams.EVENTS, sequence, subject=subject, next=True)
    except nats.js.errors.NotFoundError:
        return None
    return message.seq or 0, int((message.headers or {}).get(headers.EVENT_POSITION, "0"))


async def follow(client: Client, subject: str, start: Start) -> AsyncIterator[Msg]:
    """Every event from `start` on, in order, each once; ends never."""
    jetstream = client.jetstream()
    while True:
        reconnects = client.stats["reconnects"]
        try:
            subscription = await jetstream.subscribe(subject, stream=streams.EVENTS, config=_config(start))
        except (nats.errors.Error, TimeoutError):
            if client.stats["reconnects"] == reconnects and client.is_connected:
                raise
            await asyncio.sleep(RECONNECT_SECONDS)  # while it is away, asking fails at once
            continue
        try:
            async for message in _until_lost(client, subscription, reconnects):
                start = Start(message.metadata.sequence.stream + 1, position=start.position, source=start.source)
                if source_of(message) != start.source or _position(message) >= start.position:
                    yield message
        finally:
            await _leave(client, subscription)


async def _until_lost(
    client: Client, subscription: JetStreamContext.PushSubscription, reconnects: int
) -> AsyncIterator[Msg]:
    """Messages until one is missing, the connection was another one, or the consumer is gone."""
    expected = 1
    while True:
        try:
            message = await subscription.next_msg(_LISTEN_SECONDS)
        except nats.errors.TimeoutError:
            if client.is_connected and (
                client.stats["reconnects"] != reconnects or not await _is_there(client, subscription)
            ):
                return
            continue
        if message.metadata.sequence.consumer != expected:
            return
        expected += 1
        yield message


async def _is_there(client: Client, subscription: JetStreamContext.PushSubscription) -> bool:
    try:
        await subscription.consumer_info()
    except nats.js.errors.NotFoundError:
        return False
    except (nats.errors.Error, TimeoutError):
        return client.is_connected
    return True


async def _leave(client: Client, subscription: JetStreamContext.PushSubscription) -> None:
    if client.is_connected:
        await subscription.unsubscribe()


def _config(start: Start) -> ConsumerConfig:
    by_time = start.sequence is None and start.since is not None
    return ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME if by_time else DeliverPolicy.BY_START_SEQUENCE,
        opt_start_time=start.since if by_time else None,
        opt_start_seq=None if by_time else start.sequence or 1,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        flow_control=True,
        idle_heartbeat=_HEARTBEAT_SECONDS,
        inactive_threshold=_KEPT_SECONDS,
        mem_storage=True,
        num_replicas=1,
    )


def source_of(message: Msg) -> str:
    """Whose log an event is of."""
    return (message.headers or {}).get(headers.EVENT_SOURCE, headers.SOURCE_INFRACTIONS)


def _position(message: Msg) -> int:
    return int((message.headers or {}).get(headers.EVENT_POSITION, "0"))
