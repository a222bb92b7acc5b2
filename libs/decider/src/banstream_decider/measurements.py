"""What is asked now and then for scrapes: how far the relay is behind the log, and consumers behind their streams."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.client import Client
from prometheus_client import Gauge

from banstream_contracts import streams
from banstream_contracts.queries.query import ServiceStatus
from banstream_contracts.streams import ConsumerSpec
from banstream_decider import event_consumers
from banstream_decider.leader import PASSING
from banstream_decider.ports import AnyOfIts, Service
from banstream_runtime.dead_letters import DEAD_LETTERS
from banstream_runtime.streams import consumer_lag, stream_size
from banstream_runtime.tasks import heed_cancellation

_LOOK_SECONDS = 10.0

HEAD = Gauge("banstream_log_head_position", "The last position of the service's log")
BEHIND = Gauge("banstream_relay_lag_events", "Events of the log that have not been published yet")
PENDING = Gauge("banstream_consumer_pending_messages", "Not delivered to a durable consumer", ["stream", "consumer"])
UNACKNOWLEDGED = Gauge(
    "banstream_consumer_unacknowledged_messages", "Delivered and not acknowledged", ["stream", "consumer"]
)
STREAM_BYTES = Gauge("banstream_stream_bytes", "What a stream takes on one node of NATS", ["stream"])
STREAM_MESSAGES = Gauge("banstream_stream_messages", "Messages that a stream holds", ["stream"])

logger = structlog.stdlib.get_logger(__name__)


class Measurements:
    """Of one process. The log by every one; what lies on NATS by the leader alone, lest it be counted twice."""

    def __init__(
        self, client: Client, service: Service[AnyOfIts], status: Callable[[], Awaitable[ServiceStatus]]
    ) -> None:
        self._client = client
        self._name = service.name
        self._has_targets = service.has_targets
        self._own_stream = streams.EVENTS_OF.get(service.name)
        self._status = status

    async def run(self) -> None:
        """Until cancelled. What cannot be asked now is not told: an old answer would look like a new one."""
        while True:
            heed_cancellation()
            try:
                await self._measure()
            except PASSING as error:
                logger.debug("not_measured", error=type(error).__name__)
                self._forget()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _measure(self) -> None:
        status = await self._status()
        HEAD.set(status.head)
        BEHIND.set(max(status.head - status.relayed, 0))
        if not status.leading:
            self._forget()
            return
        consumers = await self._consumers()
        lags = {spec: await consumer_lag(self._client, spec) for spec in consumers}
        sizes = {name: await stream_size(self._client, name) for name in self._streams()}
        self._forget()
        for spec, lag in lags.items():
            if lag is not None:
                PENDING.labels(spec.stream, spec.name).set(lag.pending)
                UNACKNOWLEDGED.labels(spec.stream, spec.name).set(lag.unacknowledged)
                DEAD_LETTERS.labels(spec.name)
        for name, size in sizes.items():
            STREAM_BYTES.labels(name).set(size.bytes)
            STREAM_MESSAGES.labels(name).set(size.messages)

    async def _consumers(self) -> list[ConsumerSpec]:
        """The durable ones that are this service's to empty."""
        own = [spec for spec in streams.CONSUMERS if spec.name == self._name]
        if not self._has_targets:
            return own
        return [*own, *await event_consumers.of_service(self._client, self._name)]

    def _streams(self) -> list[str]:
        """Its own, and EVENTS where it may ask."""
        return [*([self._own_stream] if self._own_stream else []), *([streams.EVENTS] if self._has_targets else [])]

    def _forget(self) -> None:
        for gauge in (PENDING, UNACKNOWLEDGED, STREAM_BYTES, STREAM_MESSAGES):
            gauge.clear()
