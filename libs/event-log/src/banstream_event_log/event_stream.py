"""The sink that publishes events as CloudEvents on a JetStream stream."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import orjson
from msgspec import to_builtins
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from opentelemetry.trace import Span, SpanKind

from banstream_contracts import headers, streams, subjects
from banstream_event_log.events import LoggedEvent
from banstream_event_log.publishing import OnlyWriter, Outgoing
from banstream_event_log.relay import remembered_position
from banstream_runtime.compact import compact_json
from banstream_runtime.streams import filled_by
from banstream_runtime.telemetry import cause_of, started, traceparent

Render = Callable[[LoggedEvent], tuple[str, dict[str, Any]]]
"""The subject of an event and its body without what is private."""


async def told_position(jetstream: JetStreamContext, stream: str) -> int:
    """The last position that is told of a log, on its stream or in the buckets beside; 0 where none is.

    A stream forgets its events with time, and buckets have them before it. Raises nats errors where it is not known.
    """
    service = filled_by(stream)
    buckets = [each.name for each in streams.BUCKETS if each.follows_log and filled_by(f"KV_{each.name}") == service]
    return max([await _told_on(jetstream, stream), *[await _told_in(jetstream, bucket) for bucket in buckets]])


async def _told_on(jetstream: JetStreamContext, stream: str) -> int:
    writer = OnlyWriter(jetstream, stream)
    with suppress(NotFoundError):
        await writer.open()
    last = None if writer.is_empty else await writer.last_header(headers.EVENT_POSITION)
    return int(last or 0)


async def _told_in(jetstream: JetStreamContext, bucket: str) -> int:
    try:
        last = await jetstream.get_last_msg(f"KV_{bucket}", subjects.entry(bucket, streams.POSITION_KEY))
    except NotFoundError:
        return 0
    return int(last.data or b"0")


class EventStream:
    """Publishes each event once: `Nats-Msg-Id` is the event id, and the stream's last message tells where to go on."""

    def __init__(
        self,
        jetstream: JetStreamContext,
        connection: "asyncpg.Connection[asyncpg.Record]",
        *,
        stream: str,
        source: str,
        render: Render,
    ) -> None:
        self._writer = OnlyWriter(jetstream, stream)
        self._connection = connection
        self._source = source
        self._render = render

    async def resume(self) -> int:
        """The position of the last event on the stream; 0 of a stream that was made anew."""
        await self._writer.open()
        if self._writer.is_empty:
            return 0
        last = await self._writer.last_header(headers.EVENT_POSITION)
        return int(last) if last else await remembered_position(self._connection, self._source)

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Publish in order."""
        spans: list[Span] = []
        try:
            await self._writer.publish(self._message(event, spans) for event in events)
        finally:
            for span in spans:
                span.end()

    def _message(self, event: LoggedEvent, spans: list[Span]) -> Outgoing:
        """The same bytes of an event from memory and of one from Postgres, which puts fields in an order of its own."""
        subject, body = self._render(event)
        event_headers = headers.cloud_event(
            event_id=to_builtins(event.event_id),
            event_type=event.type,
            source=self._source,
            subject=event.stream,
            occurred_at=event.occurred_at,
            position=event.position,
        )
        event_headers[headers.MESSAGE_ID] = event_headers[headers.EVENT_ID]
        if event.traceparent:
            event_headers["traceparent"] = self._followed(event, event.traceparent, spans)
        return Outgoing(subject, compact_json(body, option=orjson.OPT_SORT_KEYS), event_headers)

    def _followed(self, event: LoggedEvent, kept: str, spans: list[Span]) -> str:
        """The relay's own span where the event's trace is recorded; else the event's as it is."""
        cause = cause_of(kept)
        if not cause.trace_flags.sampled:
            return kept
        attributes = {"messaging.system": "nats", "messaging.destination.name": self._writer.stream}
        span = started(f"relay {event.type}", cause, SpanKind.PRODUCER, attributes)
        spans.append(span)
        return traceparent(span.get_span_context()) or kept
