"""Reading EVENTS as it grows, by a consumer that ends with whoever reads."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from banstream_contracts import streams
from banstream_contracts.streams import ConsumerSpec
from banstream_runtime.pull import BatchPull, PullInterrupted

logger = structlog.stdlib.get_logger(__name__)

_RETRY_SECONDS = 0.5
_BATCH = 500
_UNUSED_SECONDS = 30.0
_FAULTS = (Error, OSError, asyncio.TimeoutError, PullInterrupted)


async def follow(
    client: Client,
    filters: Sequence[str],
    take: Callable[[Msg], None],
    *,
    begin: Callable[[], None],
    look_back: int = 0,
) -> None:
    """Give each message of these subjects to `take` until cancelled.

    It begins `look_back` messages of the stream before its end, also after a break; `begin` is called each time.
    """
    while True:
        try:
            if client.is_connected:
                await _follow(client, filters, take, begin, look_back)
        except _FAULTS as error:
            logger.info("events_interrupted", reason=repr(error))
        await asyncio.sleep(_RETRY_SECONDS)


async def _follow(
    client: Client, filters: Sequence[str], take: Callable[[Msg], None], begin: Callable[[], None], look_back: int
) -> None:
    made = await client.jsm().add_consumer(streams.EVENTS, await _consumer(client, filters, look_back))
    spec = ConsumerSpec(streams.EVENTS, made.name, "", ack_wait=0, max_ack_pending=0)
    try:
        async with BatchPull(client, spec, _BATCH) as pull:
            begin()
            while True:
                for message in await pull.next_batch(_UNUSED_SECONDS):
                    take(message)
    finally:
        with suppress(*_FAULTS, NotFoundError):
            if client.is_connected:
                await client.jsm().delete_consumer(streams.EVENTS, made.name)


async def _consumer(client: Client, filters: Sequence[str], look_back: int) -> ConsumerConfig:
    config = ConsumerConfig(
        filter_subjects=list(filters),
        deliver_policy=DeliverPolicy.NEW,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=_UNUSED_SECONDS,
        mem_storage=True,
        num_replicas=1,
    )
    if not look_back:
        return config
    last = (await client.jsm().stream_info(streams.EVENTS)).state.last_seq
    return config.evolve(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=max(1, last - look_back))
