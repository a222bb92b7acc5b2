"""Events as they happen: an ordered consumer of EVENTS that goes on where it was after every cut.

The client library's own ordered consumer starts again from the first message of the stream when it is cut
before its first message came; this one always names the next sequence.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from banstream_contracts import headers, streams

_LISTEN_SECONDS = 1.0
_HEARTBEAT_SECONDS = 5.0
_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: by stream sequence or by time; `position` skips what is before it in the log."""

    sequence: int | None = None
    since: datetime | None = None
    position: int = 0


async def now(client: Client) -> Start:
    """After the last event there is."""
    return Start(sequence=(await client.jetstream().stream_info(streams.EVENTS)).state.last_seq + 1)


async def at_position(client: Client, position: int) -> Start:
    """At an event by its place in the log; sequences are as far apart as positions, but for a stream made anew."""
    jetstream = client.jetstream()
    state = (await jetstream.stream_info(streams.EVENTS)).state
    if state.messages == 0:
        return Start(sequence=1, position=position)
    last = await jetstream.get_msg(streams.EVENTS, state.last_seq)
    behind = int((last.headers or {}).get(headers.EVENT_POSITION, "0")) - position
    return Start(sequence=min(max(state.last_seq - behind, 1), state.last_seq + 1), position=position)


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
            continue
        try:
            async for message in _until_lost(client, subscription, reconnects):
                start = Start(message.metadata.sequence.stream + 1, position=start.position)
                if _position(message) >= start.position:
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


def _position(message: Msg) -> int:
    return int((message.headers or {}).get(headers.EVENT_POSITION, "0"))
