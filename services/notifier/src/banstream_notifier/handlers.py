"""Queries over NATS: the annotation parses, one await, the answer goes back."""

from typing import Annotated

from faststream import AckPolicy, Context
from faststream.nats import NatsRouter

from banstream_contracts import streams, subjects
from banstream_contracts.queries.notifier import (
    DeliveryPage,
    GetTarget,
    ListDeliveries,
    ListTargets,
    TargetFound,
    TargetPage,
)
from banstream_notifier.reads import Reads

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

ReadsInContext = Annotated[Reads, Context("reads")]


@router.subscriber(subjects.QUERY_TARGET, queue=streams.NOTIFIER)
async def on_target(query: GetTarget, reads: ReadsInContext) -> TargetFound:
    """One target."""
    return await reads.target(query)


@router.subscriber(subjects.QUERY_TARGETS, queue=streams.NOTIFIER)
async def on_targets(query: ListTargets, reads: ReadsInContext) -> TargetPage:
    """A page of targets."""
    return await reads.targets(query)


@router.subscriber(subjects.QUERY_DELIVERIES, queue=streams.NOTIFIER)
async def on_deliveries(query: ListDeliveries, reads: ReadsInContext) -> DeliveryPage:
    """What was told to a target."""
    return await reads.deliveries(query)
