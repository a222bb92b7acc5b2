"""What every query has in common: it belongs to its caller's trace, and a failure is an answer too."""

from typing import Any

import structlog
from faststream import BaseMiddleware, Response
from faststream.message import StreamMessage
from faststream.types import AsyncFuncAny

from banstream_contracts import headers
from banstream_runtime.telemetry import span

logger = structlog.stdlib.get_logger(__name__)


_OF_A_STREAM = "$JS."


class AnswerErrors(BaseMiddleware[Any, Any]):
    """A query that cannot be answered says so at once, not by a time-out; a message of a stream comes again."""

    async def consume_scope(self, call_next: AsyncFuncAny, msg: StreamMessage[Any]) -> object:
        """Answer with a header in place of a body; the reason stays in our log."""
        subject = msg.raw_message.subject
        with span(subject, msg.headers):
            try:
                return await call_next(msg)
            except Exception as error:
                logger.warning("query_failed", error=type(error).__name__, subject=subject)
                if msg.raw_message.reply.startswith(_OF_A_STREAM):
                    raise
                return Response(b"", headers={headers.QUERY_ERROR: type(error).__name__})
