"""What every query has in common: it belongs to its caller's trace, and a failure is an answer too."""

from typing import Any

import structlog
from faststream import BaseMiddleware, Response
from faststream.message import StreamMessage
from faststream.types import AsyncFuncAny

from banstream_contracts import headers
from banstream_runtime.telemetry import span

logger = structlog.stdlib.get_logger(__name__)


class AnswerErrors(BaseMiddleware[Any, Any]):
    """A query that cannot be answered says so at once, not by a time-out."""

    async def consume_scope(self, call_next: AsyncFuncAny, msg: StreamMessage[Any]) -> object:
        """Answer with a header in place of a body; the reason stays in our log."""
        subject = msg.raw_message.subject
        with span(f"query {subject}", msg.headers):
            try:
                return await call_next(msg)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller hears of it at once
                logger.warning("query_failed", error=type(error).__name__, subject=subject)
                return Response(b"", headers={headers.QUERY_ERROR: type(error).__name__})
