"""OpenTelemetry: W3C context through HTTP and NATS headers; spans are exported only where configured."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from uuid import UUID

from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind

from banstream_runtime.identifiers import new_id

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

tracer = trace.get_tracer("banstream")


def configure_telemetry(service: str) -> None:
    """Export spans by OTLP over HTTP when an `OTEL_EXPORTER_OTLP_…ENDPOINT` is set; otherwise record none.

    Context is passed on in both cases: a caller's traceparent reaches the last hop.
    """
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"banstream-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, headers: Mapping[str, str] | None = None, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """A span whose parent is named by `headers` (any capitals), or the current one."""
    parent = extract(headers) if headers else None
    with tracer.start_as_current_span(name, context=parent, kind=kind) as current:
        yield current


def extract(headers: Mapping[str, str]) -> context.Context:
    """The context that a message or request carries."""
    return propagate.extract({name.lower(): value for name, value in headers.items()})


def inject(headers: MutableMapping[str, str]) -> MutableMapping[str, str]:
    """Add the current context to the headers of a message; returns them."""
    propagate.inject(headers)
    return headers


def correlation_id() -> UUID:
    """The trace id of the current context as a UUID; a new id where there is no trace."""
    current = trace.get_current_span().get_span_context()
    return UUID(int=current.trace_id) if current.is_valid else new_id()
