"""What the relay feeds: commands for infractions, then the stream that EVENTS takes over."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext

from banstream_abuse_tracker.consequences import Consequences
from banstream_contracts import headers, streams
from banstream_contracts.abuse_events import ABUSE_EVENT
from banstream_decider.events import rendering
from banstream_event_log.event_stream import EventStream
from banstream_event_log.relay import Sink


def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
    """In this order: whoever hears of a crossing may count on its ban being under way."""
    events = EventStream(
        jetstream,
        connection,
        stream=streams.ABUSE_EVENTS,
        source=headers.source(streams.ABUSE_TRACKER),
        render=rendering(ABUSE_EVENT),
    )
    return Consequences(jetstream, connection), events
