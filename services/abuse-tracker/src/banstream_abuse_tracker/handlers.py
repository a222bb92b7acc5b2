"""Queries over NATS, and what is heard of infractions: the annotation parses, one await, the answer goes back."""

from typing import Annotated
from uuid import UUID

import structlog
from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsMessage, NatsRouter, PullSub
from nats.aio.client import Client
from pydantic import ValidationError

from banstream_abuse_tracker.listening import restart_after
from banstream_abuse_tracker.reads import Reads
from banstream_contracts import headers, permissions, streams, subjects
from banstream_contracts.abuse_queries import (
    AbuseFound,
    FindIncident,
    GetAbuse,
    GetPolicy,
    IncidentFound,
    ListPolicies,
    ListProtected,
    PolicyFound,
    PolicyList,
    ProtectedPage,
)
from banstream_contracts.commands import encoded
from banstream_contracts.public_events import PUBLIC_EVENT
from banstream_contracts.queries import CommandFound, GetCommand, GetStatus, ServiceStatus
from banstream_runtime.telemetry import inject

logger = structlog.stdlib.get_logger(__name__)

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)
events = JStream(streams.EVENTS, declare=False)

ReadsInContext = Annotated[Reads, Context("reads")]
ClientInContext = Annotated[Client, Context("client")]


@router.subscriber(
    subjects.INFRACTION_EVENTS,
    stream=events,
    durable=streams.ABUSE_TRACKER,
    pull_sub=PullSub(batch_size=100),
    inbox_prefix=f"{permissions.inbox(streams.ABUSE_TRACKER)}.".encode(),
)
async def on_infraction_event(message: NatsMessage, client: ClientInContext) -> None:
    """Ask ourselves to count anew where a ban has ended: a command, so that it waits its turn."""
    try:
        event = PUBLIC_EVENT.validate_json(message.body)
    except ValidationError:
        logger.warning("event_not_understood", subject=message.raw_message.subject)
        return
    event_id = UUID(message.headers[headers.EVENT_ID])
    if command := restart_after(event, event_id):
        await client.jetstream().publish(
            subjects.command(command),
            encoded(command),
            stream=streams.COMMANDS,
            headers=dict(inject({headers.MESSAGE_ID: str(command.command_id)})),
        )


@router.subscriber(subjects.QUERY_ABUSE, queue=streams.ABUSE_TRACKER)
async def on_abuse(query: GetAbuse, reads: ReadsInContext) -> AbuseFound:
    """Where a player stands."""
    return await reads.abuse(query)


@router.subscriber(subjects.QUERY_INCIDENT, queue=streams.ABUSE_TRACKER)
async def on_incident(query: FindIncident, reads: ReadsInContext) -> IncidentFound:
    """One incident."""
    return await reads.incident(query)


@router.subscriber(subjects.QUERY_POLICIES, queue=streams.ABUSE_TRACKER)
async def on_policies(_query: ListPolicies, reads: ReadsInContext) -> PolicyList:
    """Every policy in force."""
    return await reads.policies()


@router.subscriber(subjects.QUERY_POLICY, queue=streams.ABUSE_TRACKER)
async def on_policy(query: GetPolicy, reads: ReadsInContext) -> PolicyFound:
    """One policy."""
    return await reads.policy(query)


@router.subscriber(subjects.QUERY_PROTECTED, queue=streams.ABUSE_TRACKER)
async def on_protected(query: ListProtected, reads: ReadsInContext) -> ProtectedPage:
    """A page of protected players."""
    return await reads.protected(query)


@router.subscriber(subjects.QUERY_ABUSE_COMMAND, queue=streams.ABUSE_TRACKER)
async def on_command(query: GetCommand, reads: ReadsInContext) -> CommandFound:
    """The outcome of a command."""
    return await reads.command(query)


@router.subscriber(subjects.QUERY_ABUSE_STATUS, queue=streams.ABUSE_TRACKER)
async def on_status(_query: GetStatus, reads: ReadsInContext) -> ServiceStatus:
    """How this process is."""
    return await reads.status()
