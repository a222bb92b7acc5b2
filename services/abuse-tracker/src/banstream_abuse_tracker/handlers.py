"""Queries over NATS, and what is heard of infractions: the annotation parses, one await, the answer goes back."""

from collections.abc import Callable
from typing import Annotated, TypeAlias
from uuid import UUID

import structlog
from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsMessage, NatsRouter, PullSub
from nats.aio.client import Client
from pydantic import ValidationError

from banstream_abuse_tracker.domain.listening import forget_after, restart_after
from banstream_abuse_tracker.reads import Reads
from banstream_contracts import headers, permissions, streams, subjects
from banstream_contracts.commands.abuse import ForgetPlayer, RestartCount
from banstream_contracts.public_events import PUBLIC_EVENT, AnyPublicEvent
from banstream_contracts.queries.abuse import (
    AbuseFound,
    AbuseStatistics,
    FindIncident,
    GetAbuse,
    GetAbuseStatistics,
    GetPolicy,
    IncidentFound,
    ListPolicies,
    ListProtected,
    PolicyFound,
    PolicyList,
    ProtectedPage,
)
from banstream_contracts.queries.simulation import PolicySimulated, SimulatePolicy
from banstream_runtime.commanding import store_command
from banstream_runtime.dead_letters import bury

logger = structlog.stdlib.get_logger(__name__)

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)
events = JStream(streams.EVENTS, declare=False)

ReadsInContext = Annotated[Reads, Context("reads")]
ClientInContext = Annotated[Client, Context("client")]
Asked: TypeAlias = RestartCount | ForgetPlayer | None


async def _as_it_came(message: NatsMessage) -> bytes:
    """FastStream itself reads JSON before a handler sees it, and what is none would come again and again."""
    return message.body


@router.subscriber(
    subjects.INFRACTION_EVENTS,
    stream=events,
    durable=streams.ABUSE_TRACKER,
    pull_sub=PullSub(batch_size=100),
    inbox_prefix=f"{permissions.inbox(streams.ABUSE_TRACKER)}.".encode(),
    decoder=_as_it_came,
)
async def on_infraction_event(message: NatsMessage, client: ClientInContext) -> None:
    """Ask ourselves to count anew where a ban has ended: a command, so that it waits its turn."""
    await _ask_after(message, client, restart_after)


@router.subscriber(
    streams.ABUSE_ERASURES.subject,
    stream=events,
    durable=streams.ABUSE_ERASURES.name,
    pull_sub=PullSub(batch_size=100),
    inbox_prefix=f"{permissions.inbox(streams.ABUSE_TRACKER)}.".encode(),
    decoder=_as_it_came,
)
async def on_erasure(message: NatsMessage, client: ClientInContext) -> None:
    """Ask ourselves to forget whom infractions has erased."""
    await _ask_after(message, client, forget_after)


async def _ask_after(message: NatsMessage, client: Client, wanted: Callable[[AnyPublicEvent, UUID], Asked]) -> None:
    try:
        event = PUBLIC_EVENT.validate_json(message.body)
        event_id = UUID(message.headers[headers.EVENT_ID])
    except (ValueError, KeyError) as error:
        logger.warning("event_not_understood", subject=message.raw_message.subject)
        if not _is_of_a_later_version(error):
            await bury(client, streams.ABUSE_TRACKER, message.raw_message, f"unreadable: {type(error).__name__}")
        return
    if command := wanted(event, event_id):
        await store_command(client.jetstream(), command)


def _is_of_a_later_version(error: Exception) -> bool:
    """Whether an event is of a type that came later: it says nothing that we would have to know."""
    faults = error.errors(include_input=False) if isinstance(error, ValidationError) else []
    return any(fault["type"] == "union_tag_invalid" for fault in faults)


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


@router.subscriber(subjects.QUERY_ABUSE_STATISTICS, queue=streams.ABUSE_TRACKER)
async def on_statistics(query: GetAbuseStatistics, reads: ReadsInContext) -> AbuseStatistics:
    """What was detected lately."""
    return await reads.statistics(query)


@router.subscriber(subjects.QUERY_SIMULATION, queue=streams.ABUSE_TRACKER)
async def on_simulation(query: SimulatePolicy, reads: ReadsInContext) -> PolicySimulated:
    """What a draft of a policy would have done; one after the other."""
    return await reads.simulated(query)
