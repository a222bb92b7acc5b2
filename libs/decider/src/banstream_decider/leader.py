"""The one process of several that writes: it takes commands in order, does what is due and relays the log.

The lock is a session lock of the connection that also writes: who loses the connection loses both at once.
A standby holds neither and answers queries only. See docs/adr/0003-one-leader.md.
"""

import asyncio
from typing import Generic

import asyncpg
import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from prometheus_client import Gauge

from banstream_contracts import headers, streams
from banstream_decider.intake import Intake
from banstream_decider.ports import AnyOfIts, Service
from banstream_decider.schema import migrations_of, missing
from banstream_event_log import postgres
from banstream_event_log.event_stream import told_position
from banstream_event_log.log import head
from banstream_event_log.relay import Relay, Seldom, remember_position
from banstream_runtime.pull import PullInterrupted
from banstream_runtime.streams import StreamsNotApplied, create_consumer, delete_consumer
from banstream_runtime.tasks import CancelledByNobody, heed_cancellation, to_its_end

_RETRY_SECONDS = 0.5
_ASK_SECONDS = 3.0
PASSING = (
    *postgres.TRANSIENT,
    nats.errors.Error,
    nats.js.errors.Error,
    PullInterrupted,
    StreamsNotApplied,
    CancelledByNobody,
)
"""Faults after which leading starts anew."""
_REFUSED = (
    nats.js.errors.ServiceUnavailableError,
    nats.js.errors.NoStreamResponseError,
    nats.js.errors.NotFoundError,
)
"""NATS has no room for what is relayed, or no stream: that says nothing against deciding."""

LEADING = Gauge("banstream_leading", "1 in the process that writes")
RELAYED = Gauge("banstream_relayed_position", "The last log position that has been published")

logger = structlog.stdlib.get_logger(__name__)


class Leader(Generic[AnyOfIts]):
    """Waits for its schema, for the lock and for a log that is not too old, then works until something is lost."""

    def __init__(self, database_url: str, service: Service[AnyOfIts]) -> None:
        self.is_leading = False
        self._client = Client()
        self._stopping = False
        self._connections: list[asyncpg.Connection[asyncpg.Record]] = []
        self._cut = asyncio.Event()
        self._database_url = database_url
        self._service = service
        self._migrations = migrations_of(service.name)

    async def run(self, client: Client) -> None:
        """Lead whenever possible, until `stop`. Only a bug ends this otherwise."""
        self._client = client
        while not self._stopping:
            try:
                await self._lead()
            except* PASSING as group:
                if not self._stopping:  # a cancelled transaction ends in an error too
                    logger.warning("leading_interrupted", errors=[repr(error) for error in group.exceptions])
                    await asyncio.sleep(_RETRY_SECONDS)

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled: what the cancelling breaks is then no fault."""
        self._stopping = True
        for connection in self._connections:
            postgres.terminate_soon(connection)

    async def _lead(self) -> None:
        writer = await postgres.connect(self._database_url, application_name=f"banstream {self._service.name} writer")
        self._connections = [writer]
        try:
            await self._wait_for_schema(writer)
            await postgres.hold(writer, "leader")
            await self._work(writer)
        finally:
            self.is_leading = False
            LEADING.set(0)
            writer.terminate()

    async def _wait_for_schema(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Commands would fail on what is not there yet, and be put aside. Who knows the schema leads meanwhile."""
        told: list[str] = []
        while lacking := await missing(connection, self._migrations):
            if lacking != told:
                logger.warning("schema_behind", missing=lacking, todo="banstream migrate")
                told = lacking
            await asyncio.sleep(_RETRY_SECONDS)

    async def _work(self, writer: "asyncpg.Connection[asyncpg.Record]") -> None:
        reader = await postgres.connect(
            self._database_url, application_name=f"banstream {self._service.name} relay", synchronous_commit="off"
        )
        self._connections.append(reader)
        try:
            await self._wait_for_log(reader)
            await self._take_over_consumer()
            appended = asyncio.Event()
            self._service.fresh.clear()
            intake = Intake(self._client, self._service, self._service.decider(writer), appended.set)
            self.is_leading = True
            LEADING.set(1)
            logger.info("leading")
            self._cut.clear()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._interrupt_when_cut())
                tasks.create_task(to_its_end(self._keep_relaying(reader, appended)))
                tasks.create_task(to_its_end(intake.run()))
        finally:
            reader.terminate()

    async def _wait_for_log(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """An older copy of the log gives positions again that have been told: nobody would hear of what gets them.

        Where NATS does not say what was told, as before a stream has elected its leader, leading starts anew.
        """
        jetstream, stream, was_told = self._client.jetstream(), streams.EVENTS_OF[self._service.name], False
        while (told := await told_position(jetstream, stream)) > (ends := await head(connection)):
            if not was_told:
                logger.error("log_is_older", ends=ends, told=told, todo="banstream restore, or streams refill")
            was_told = True
            heed_cancellation()
            await asyncio.sleep(_RETRY_SECONDS)

    def cut(self) -> None:
        """To be called when the NATS connection is lost: acknowledgements on their way will never come."""
        self._cut.set()

    async def _interrupt_when_cut(self) -> None:
        await self._cut.wait()
        raise nats.errors.ConnectionClosedError

    async def _take_over_consumer(self) -> None:
        """Make the consumer anew: what the last leader took and did not finish comes first again, in order.

        While NATS elects a leader nobody answers, so it is asked again soon.
        """
        await delete_consumer(self._client, self._service.intake, _ASK_SECONDS)
        await create_consumer(self._client, self._service.intake, _ASK_SECONDS)

    async def _keep_relaying(self, connection: "asyncpg.Connection[asyncpg.Record]", appended: asyncio.Event) -> None:
        """A relay that is refused begins anew by itself: commands would hardly be decided if it took all with it."""
        while True:
            heed_cancellation()
            try:
                await self._relay(connection, appended).run()
            except _REFUSED as error:
                logger.warning("relay_refused", error=repr(error))
            await asyncio.sleep(_RETRY_SECONDS)

    def _relay(self, connection: "asyncpg.Connection[asyncpg.Record]", appended: asyncio.Event) -> Relay:
        kept, seldom = -1, Seldom()

        async def relayed(position: int) -> None:
            nonlocal kept
            RELAYED.set(position)
            if position > kept and seldom.due():
                await remember_position(connection, headers.source(self._service.name), position)
                kept = position

        sinks = self._service.sinks(self._client.jetstream(), connection)
        return Relay(connection, sinks, appended, relayed, self._service.fresh)
