"""What every query has in common: it belongs to its caller's trace, and a failure is an answer too."""

import time
from typing import Any

import structlog
from faststream import BaseMiddleware, PublishCommand, Response
from faststream.message import StreamMessage
from faststream.types import AsyncFuncAny
from nats.errors import MaxPayloadError
from opentelemetry.trace import SpanKind
from prometheus_client import Histogram

from banstream_contracts import headers, subjects
from banstream_contracts.queries.query import TOO_LONG
from banstream_runtime.connection import is_inbox
from banstream_runtime.telemetry import span

logger = structlog.stdlib.get_logger(__name__)


_OF_A_STREAM = "$JS."
_EVENT = subjects.EVENTS.removesuffix(">")

HANDLED = Histogram("banstream_handled_seconds", "Queries and events by what became of them", ["subject", "outcome"])


class AnswerErrors(BaseMiddleware[Any, Any]):
    """A query that cannot be answered says so at once, not by a time-out; a message of a stream comes again."""

    async def consume_scope(self, call_next: AsyncFuncAny, msg: StreamMessage[Any]) -> object:
        """Answer with a header in place of a body; the reason stays in our log."""
        subject = _kind_of(msg.raw_message.subject)
        started, outcome = time.perf_counter(), "answered"
        with span(subject, msg.headers, SpanKind.SERVER):
            try:
                return await call_next(msg)
            except Exception as error:
                outcome = "failed"
                logger.warning("query_failed", error=type(error).__name__, subject=subject)
                if msg.raw_message.reply.startswith(_OF_A_STREAM):
                    raise
                return Response(b"", headers={headers.QUERY_ERROR: type(error).__name__})
            finally:
                HANDLED.labels(subject, outcome).observe(time.perf_counter() - started)

    async def publish_scope(self, call_next: AsyncFuncAny, cmd: PublishCommand) -> object:
        """An answer goes to an inbox alone. One that no message holds is one too: who asked can ask for less."""
        if not is_inbox(cmd.destination):
            logger.warning("answer_refused", reply_begins=cmd.destination.partition(".")[0])
            return None
        try:
            return await call_next(cmd)
        except MaxPayloadError:
            logger.info("answer_too_long")
            cmd.body = b""
            cmd.add_headers({headers.QUERY_ERROR: TOO_LONG})
            return await call_next(cmd)


def _kind_of(subject: str) -> str:
    """Without the token at the end of an event's subject: it names a player."""
    return subject.rpartition(".")[0] if subject.startswith(_EVENT) else subject
