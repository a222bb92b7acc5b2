"""Queries over NATS: the annotation parses, one await, the answer goes back."""

from typing import Annotated

from faststream import AckPolicy, Context
from faststream.nats import NatsRouter

from banstream_contracts import streams, subjects
from banstream_contracts.queries.log_sources import (
    FindingPage,
    GetLogSource,
    ListFindings,
    ListLogSources,
    LogSourceFound,
    LogSourcePage,
    LogSourceTested,
    TestLogSource,
)
from banstream_dayz_feed.reads import Reads

router = NatsRouter(ack_policy=AckPolicy.NACK_ON_ERROR)

ReadsInContext = Annotated[Reads, Context("reads")]


@router.subscriber(subjects.QUERY_LOG_SOURCE, queue=streams.DAYZ_FEED)
async def on_source(query: GetLogSource, reads: ReadsInContext) -> LogSourceFound:
    """One source."""
    return await reads.source(query)


@router.subscriber(subjects.QUERY_LOG_SOURCES, queue=streams.DAYZ_FEED)
async def on_sources(query: ListLogSources, reads: ReadsInContext) -> LogSourcePage:
    """A page of sources."""
    return await reads.sources(query)


@router.subscriber(subjects.QUERY_LOG_SOURCE_TEST, queue=streams.DAYZ_FEED, max_workers=8)
async def on_test(query: TestLogSource, reads: ReadsInContext) -> LogSourceTested:
    """Whether a source can be reached."""
    return await reads.tested(query)


@router.subscriber(subjects.QUERY_FINDINGS, queue=streams.DAYZ_FEED)
async def on_findings(query: ListFindings, reads: ReadsInContext) -> FindingPage:
    """What was found in the logs of a source."""
    return await reads.findings(query)
