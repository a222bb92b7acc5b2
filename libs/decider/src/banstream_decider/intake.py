"""Commands from JetStream, in order, in batches; what cannot be handled is put aside alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import MaxPayloadError
from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from banstream_contracts import headers
from banstream_contracts.faults import in_words
from banstream_contracts.results import CommandResult
from banstream_decider.ports import AnyOfIts, Decider, Received, Service
from banstream_event_log.postgres import TRANSIENT
from banstream_runtime.connection import is_inbox
from banstream_runtime.dead_letters import bury
from banstream_runtime.garbage import undisturbed
from banstream_runtime.pull import BatchPull
from banstream_runtime.telemetry import cause_in, merged_span, started, traceparent

_DUE_SECONDS = 1.0

logger = structlog.stdlib.get_logger(__name__)

COMMANDS_DECIDED = Counter("banstream_commands_total", "Commands by outcome", ["status"])
BATCH_SIZE = Histogram("banstream_command_batch_size", "Commands in one transaction", buckets=(1, 5, 20, 100, 500))
BATCH_SECONDS = Histogram("banstream_command_batch_seconds", "Time from a batch to its commit")
DUE = Counter("banstream_due_events_total", "Events that time alone brought about, such as the end of a ban")


@dataclass(frozen=True, slots=True)
class _Taken(Generic[AnyOfIts]):
    """A command that could be read; its span ends when it is answered."""

    message: Msg
    received: Received[AnyOfIts]
    span: Span


class Intake(Generic[AnyOfIts]):
    """Feeds commands to the use cases, and between batches lets them do what is due."""

    def __init__(
        self, client: Client, service: Service[AnyOfIts], decider: Decider[AnyOfIts], appended: Callable[[], None]
    ) -> None:
        self._client = client
        self._service = service
        self._decider = decider
        self._appended = appended
        self._look_at = time.monotonic() + _DUE_SECONDS

    async def run(self) -> None:
        """Work for ever; raises what passes by itself (database or NATS away), the leader then starts anew."""
        async with BatchPull(self._client, self._service.intake, self._service.max_batch) as pull:
            while True:
                if messages := await pull.next_batch(max(self._look_at - time.monotonic(), 0.0)):
                    with undisturbed():  # until what was made of them is answered and gone
                        await self._handle(messages)
                await self._do_due(pull.taken_until)

    async def _do_due(self, decided_until: datetime) -> None:
        """One part of it, and the next behind what commands have come: very much may be due at once."""
        now = time.monotonic()
        if now < self._look_at:
            return
        appended = await self._decider.do_due(decided_until)
        self._look_at = now if appended else now + _DUE_SECONDS
        if appended:
            DUE.inc(appended)
            self._appended()

    async def _handle(self, messages: Sequence[Msg]) -> None:
        readable = [taken for message in messages if (taken := await self._read(message))]
        try:
            if readable:
                await self._decide(readable)
        finally:
            for taken in readable:
                taken.span.end()

    async def _decide(self, readable: Sequence[_Taken[AnyOfIts]]) -> None:
        try:
            with BATCH_SECONDS.time():
                results = await self._execute(readable)
        except TRANSIENT:
            raise
        except Exception:
            logger.warning("batch_taken_apart", size=len(readable), exc_info=True)
            await self._handle_each(readable)
            return
        self._appended()
        BATCH_SIZE.observe(len(readable))
        for taken, result in zip(readable, results, strict=True):
            await self._answer(taken, result)

    async def _execute(self, readable: Sequence[_Taken[AnyOfIts]]) -> list[CommandResult]:
        """One transaction: its span is the first command's child, and each of the others links to it."""
        causes = [taken.span.get_span_context() for taken in readable]
        size: dict[str, int] = {"messaging.batch.message_count": len(readable)}
        with merged_span(f"{self._service.name} commit", causes, SpanKind.INTERNAL, size) as commit:
            for taken in readable[1:]:
                taken.span.add_link(commit.get_span_context())
            return await self._decider.execute([taken.received for taken in readable])

    async def _handle_each(self, readable: Sequence[_Taken[AnyOfIts]]) -> None:
        for taken in readable:
            message, received = taken.message, taken.received
            try:
                (result,) = await self._execute([taken])
            except TRANSIENT:
                raise
            except Exception as error:
                logger.exception("command_failed", command_id=str(received.command.command_id))
                await bury(self._client, self._service.name, message, f"{type(error).__name__}: {error}")
                result = await self._decider.give_up(received.command, type(error).__name__)
            self._appended()
            await self._answer(taken, result)

    async def _read(self, message: Msg) -> _Taken[AnyOfIts] | None:
        try:
            command = self._service.commands.validate_json(message.data)
        except ValidationError as error:
            reason = in_words(error)
            logger.warning("command_unreadable", subject=message.subject, error=reason)
            await bury(self._client, self._service.name, message, f"unreadable: {reason}")
            COMMANDS_DECIDED.labels("unreadable").inc()
            await message.ack()
            return None
        name = f"{self._service.name} decide {type(command).__name__}"
        span = started(name, cause_in(message.headers), SpanKind.CONSUMER, {"messaging.system": "nats"})
        received = Received(command, traceparent(span.get_span_context()), message.metadata.timestamp)
        return _Taken(message, received, span)

    async def _answer(self, taken: _Taken[AnyOfIts], result: CommandResult) -> None:
        message = taken.message
        COMMANDS_DECIDED.labels(result.status).inc()
        taken.span.set_attribute("banstream.command.status", result.status)
        reply_to = (message.headers or {}).get(headers.REPLY_TO, "")
        if is_inbox(reply_to):
            try:
                await self._client.publish(reply_to, result.model_dump_json(exclude_none=True).encode())
            except MaxPayloadError:
                logger.warning("result_too_long", command_id=str(result.command_id))
        await message.ack()
