"""What the relay feeds: the stream that EVENTS takes over."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import headers, streams
from banstream_contracts.ban_file_events import BAN_FILE_EVENT
from banstream_decider.events import rendering
from banstream_event_log.event_stream import EventStream
from banstream_event_log.relay import Sink


def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
    """One: whoever wants to know what happens to ban files reads it there."""
    events = EventStream(
        jetstream,
        connection,
        stream=streams.FTP_SYNC_EVENTS,
        source=headers.source(streams.FTP_SYNC),
        render=rendering(BAN_FILE_EVENT),
    )
    return (events,)
