"""A stand-in for an OpenTelemetry collector: takes spans by OTLP over HTTP as protobuf, and keeps them."""

import gzip
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from banstream_testing.loopback import on_loopback

_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportedSpan:
    """A span as it was sent; ids are hex, `parent` empty of a root, `links` as (trace, span)."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int
    attributes: dict[str, str]
    links: tuple[tuple[str, str], ...]
    is_error: bool


@dataclass(slots=True)
class Collector:
    """What has come so far. `raw` is all of it as it came over the wire; spans are read of it when asked for."""

    url: str = ""
    raw: list[bytes] = field(default_factory=list)
    _read: list[ExportedSpan] = field(default_factory=list)
    _bodies_read: int = 0

    @property
    def spans(self) -> list[ExportedSpan]:
        """All, in the order in which they came."""
        for body in self.raw[self._bodies_read :]:
            self._read += _spans(body)
        self._bodies_read = len(self.raw)
        return self._read

    def of(self, trace: str) -> list[ExportedSpan]:
        """The spans of a trace."""
        return [each for each in self.spans if each.trace == trace]

    async def take(self, request: web.Request) -> web.Response:
        """POST /v1/traces."""
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.raw.append(body)
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """Listens while the block runs; `url` is what `OTEL_EXPORTER_OTLP_ENDPOINT` takes."""
    found = Collector()
    app = web.Application(client_max_size=_MOST_BYTES)
    app.router.add_post("/v1/traces", found.take)
    async with on_loopback(app) as found.url:
        yield found


def _spans(body: bytes) -> Iterator[ExportedSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = next(each.value.string_value for each in resource.resource.attributes if each.key == "service.name")
        yield from (_span(service, each) for scope in resource.scope_spans for each in scope.spans)


def _span(service: str, sent: Span) -> ExportedSpan:
    return ExportedSpan(
        service=service,
        name=sent.name,
        trace=sent.trace_id.hex(),
        id=sent.span_id.hex(),
        parent=sent.parent_span_id.hex(),
        kind=sent.kind,
        attributes={each.key: each.value.string_value or str(each.value.int_value) for each in sent.attributes},
        links=tuple((each.trace_id.hex(), each.span_id.hex()) for each in sent.links),
        is_error=sent.status.code == Status.STATUS_CODE_ERROR,
    )
