"""Queries over NATS: the annotation parses, one await, the answer goes back."""

from typing import Annotated

from faststream import AckPolicy, Context
from faststream.nats import NatsRouter

from banstream_contracts import streams, subjects
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
    ListRequests,
    RequestPage,
)
from banstream_infractions.reads import Reads

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

ReadsInContext = Annotated[Reads, Context("reads")]


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


@router.subscriber(subjects.QUERY_REQUESTS, queue=streams.INFRACTIONS)
async def on_requests(query: ListRequests, reads: ReadsInContext) -> RequestPage:
    """A page of requests for review."""
    return await reads.requests(query)


@router.subscriber(subjects.QUERY_STATUS, queue=streams.INFRACTIONS)
async def on_status(_query: GetStatus, reads: ReadsInContext) -> InfractionsStatus:
    """How this process is."""
    return await reads.status()
