"""Queries over NATS: the annotation parses, one await, the answer goes back."""

from typing import Annotated, Any

import structlog
from faststream import AckPolicy, BaseMiddleware, Context, Response
from faststream.message import StreamMessage
from faststream.nats import NatsRouter
from faststream.types import AsyncFuncAny

from banstream_contracts import headers, streams, subjects
from banstream_contracts.queries import (
    CommandFound,
    CredentialPage,
    GetCommand,
    GetHistory,
    GetInfraction,
    GetStatus,
    HistoryPage,
    InfractionFound,
    InfractionPage,
    InfractionsStatus,
    ListCredentials,
    ListInfractions,
)
from banstream_infractions.reads import Reads
from banstream_runtime.telemetry import span

logger = structlog.stdlib.get_logger(__name__)

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

ReadsInContext = Annotated[Reads, Context("reads")]


class AnswerErrors(BaseMiddleware[Any, Any]):
    """A query belongs to its caller's trace, and one that cannot be answered says so at once, not by a time-out."""

    async def consume_scope(self, call_next: AsyncFuncAny, msg: StreamMessage[Any]) -> object:
        """Answer with a header in place of a body; the reason stays in our log."""
        subject = msg.raw_message.subject
        with span(f"infractions {subject}", msg.headers):
            try:
                return await call_next(msg)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller hears of it at once
                logger.warning("query_failed", error=type(error).__name__, subject=subject)
                return Response(b"", headers={headers.QUERY_ERROR: type(error).__name__})


@router.subscriber(subjects.QUERY_INFRACTION, queue=streams.INFRACTIONS)
async def on_infraction(query: GetInfraction, reads: ReadsInContext) -> InfractionFound:
    """One infraction."""
    return await reads.infraction(query)


@router.subscriber(subjects.QUERY_INFRACTIONS, queue=streams.INFRACTIONS)
async def on_infractions(query: ListInfractions, reads: ReadsInContext) -> InfractionPage:
    """A page of infractions."""
    return await reads.infractions(query)


@router.subscriber(subjects.QUERY_HISTORY, queue=streams.INFRACTIONS)
async def on_history(query: GetHistory, reads: ReadsInContext) -> HistoryPage:
    """A page of a player's history."""
    return await reads.history(query)


@router.subscriber(subjects.QUERY_COMMAND, queue=streams.INFRACTIONS)
async def on_command(query: GetCommand, reads: ReadsInContext) -> CommandFound:
    """The outcome of a command."""
    return await reads.command(query)


@router.subscriber(subjects.QUERY_CREDENTIALS, queue=streams.INFRACTIONS)
async def on_credentials(query: ListCredentials, reads: ReadsInContext) -> CredentialPage:
    """A page of servers or tokens."""
    return await reads.credentials(query)


@router.subscriber(subjects.QUERY_STATUS, queue=streams.INFRACTIONS)
async def on_status(_query: GetStatus, reads: ReadsInContext) -> InfractionsStatus:
    """How this process is."""
    return await reads.status()
