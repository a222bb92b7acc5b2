"""What the relay of a service feeds."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext
from pydantic import TypeAdapter

from banstream_contracts import headers, streams
from banstream_decider.events import AnyEvent, rendering
from banstream_decider.ports import MakeSinks
from banstream_event_log.event_stream import EventStream


def event_stream_alone(service: str, events: TypeAdapter[AnyEvent]) -> MakeSinks:
    """The stream that EVENTS takes over: whoever wants to know what happens reads it there."""

    def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[EventStream]:
        stream, source = streams.EVENTS_OF[service], headers.source(service)
        return (EventStream(jetstream, connection, stream=stream, source=source, render=rendering(events)),)

    return sinks
