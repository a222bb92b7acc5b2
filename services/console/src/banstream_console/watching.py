"""Following EVENTS: whatever happens to an infraction may change the wall."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from banstream_console.pulse import Pulse
from banstream_contracts import headers, streams, subjects
from banstream_contracts.streams import ConsumerSpec
from banstream_runtime.pull import BatchPull, PullInterrupted

logger = structlog.stdlib.get_logger(__name__)

_RETRY_SECONDS = 0.5
_BATCH = 500
_UNUSED_SECONDS = 30.0
_FAULTS = (Error, OSError, asyncio.TimeoutError, PullInterrupted)


async def watch(client: Client, pulse: Pulse, delay_minutes: float) -> None:
    """Ring for every event of an infraction until cancelled; and after every gap, since events may have been in it."""
    while True:
        try:
            if client.is_connected:
                await _follow(client, pulse, delay_minutes)
        except _FAULTS as error:
            logger.info("events_interrupted", reason=repr(error))
        await asyncio.sleep(_RETRY_SECONDS)


async def _follow(client: Client, pulse: Pulse, delay_minutes: float) -> None:
    """An ephemeral consumer: what happened while nobody looked is in the next answer anyway."""
    config = ConsumerConfig(
        filter_subject=subjects.INFRACTION_EVENTS,
        deliver_policy=DeliverPolicy.NEW,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=_UNUSED_SECONDS,
        mem_storage=True,
        num_replicas=1,
    )
    made = await client.jsm().add_consumer(streams.EVENTS, config)
    spec = ConsumerSpec(streams.EVENTS, made.name, subjects.INFRACTION_EVENTS, ack_wait=0, max_ack_pending=0)
    try:
        async with BatchPull(client, spec, _BATCH) as pull:
            pulse.change()
            while True:
                for message in await pull.next_batch(_UNUSED_SECONDS):
                    pulse.change()
                    if delay_minutes:
                        pulse.change_in(_until_shown(message, delay_minutes))
    finally:
        with suppress(*_FAULTS, NotFoundError):
            if client.is_connected:
                await client.jsm().delete_consumer(streams.EVENTS, made.name)


def _until_shown(message: Msg, delay_minutes: float) -> float:
    """Seconds until what happened may be seen; a time that cannot be read counts from now."""
    now = datetime.now(UTC)
    try:
        happened = datetime.fromisoformat((message.headers or {})[headers.EVENT_TIME])
    except (KeyError, ValueError):
        happened = now
    return delay_minutes * 60 - (now - happened).total_seconds()
