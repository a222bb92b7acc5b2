"""What the relay feeds: the stream that EVENTS takes over."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import headers, streams
from banstream_contracts.log_source_events import LOG_SOURCE_EVENT
from banstream_decider.events import rendering
from banstream_event_log.event_stream import EventStream
from banstream_event_log.relay import Sink


def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
    """One: whoever wants to know what happens to sources of logs reads it there."""
    events = EventStream(
        jetstream,
        connection,
        stream=streams.DAYZ_EVENTS,
        source=headers.source(streams.DAYZ_FEED),
        render=rendering(LOG_SOURCE_EVENT),
    )
    return (events,)
