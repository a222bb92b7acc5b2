"""OpenTelemetry: W3C context through HTTP and NATS headers; spans are exported only where configured.

A span says which step it is, of which kind, and how it ended. It names no player, address, server or text: neither
what an exception says nor a subject with a token in it goes into one.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from banstream_runtime.identifiers import new_id
from banstream_runtime.request_traces import RequestTraces, unrecorded

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_TRACE, _STATE = "traceparent", "tracestate"
_MOST_LINKS = 128
"""As many as the SDK keeps of one span."""

_NO_CAUSE = SpanContext(0, 0, is_remote=True)
_FLAGS = {"00": TraceFlags(0), "01": TraceFlags(TraceFlags.SAMPLED)}
_plain = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])").fullmatch

tracer = trace.get_tracer("banstream")
_requests = RequestTraces(tracer)

Attributes = Mapping[str, AttributeValue]


def configure_telemetry(service: str) -> None:
    """Export spans by OTLP over HTTP when an `OTEL_EXPORTER_OTLP_…ENDPOINT` is set; otherwise record none.

    Context is passed on in both cases: a caller's traceparent reaches the last hop. The other `OTEL_…` variables
    mean what they mean everywhere: `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` how many are recorded,
    `OTEL_SDK_DISABLED=true` or `OTEL_TRACES_EXPORTER=none` that none are.
    """
    if not any(os.environ.get(name) for name in _ENDPOINTS) or _is_off():
        return
    resource = Resource.create({"service.name": f"banstream-{service}"})
    provider = TracerProvider(resource=resource, id_generator=_requests.ids)
    _requests.switch_on()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, headers: Mapping[str, str] | None = None, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """A span whose parent is named by `headers` (any capitals), or the current one."""
    entered = started(name, cause_in(headers), kind) if headers else None
    with within(entered or tracer.start_span(name, None, kind)) as current:
        yield current


def begun(method: str, route: str, headers: Mapping[str, str]) -> Span | None:
    """The span of a request from outside, for `within`; None of one that is not recorded.

    In its caller's trace, where that sends one. `headers` take any capitals.
    """
    if _TRACE in headers:
        return tracer.start_span(f"{method} {route}", extract(headers), SpanKind.SERVER)
    return _requests.begin(method, route)


@contextmanager
def step(name: str, kind: SpanKind) -> Iterator[Span]:
    """A span of a request that goes on elsewhere. Where the request is not recorded, nothing after it is."""
    is_left_out = _requests.is_on and not trace.get_current_span().get_span_context().is_valid
    with within(unrecorded() if is_left_out else tracer.start_span(name, kind=kind)) as current:
        yield current


@contextmanager
def merged_span(
    name: str,
    causes: Iterable[SpanContext],
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
) -> Iterator[Span]:
    """A span of work done once for several causes: a child of the first that is recorded, with links to the others.

    Without causes it is the current span's child, or begins a trace.
    """
    known = list({(cause.trace_id, cause.span_id): cause for cause in causes if cause.is_valid}.values())
    recorded = [cause for cause in known if cause.trace_flags.sampled] or known[:1]
    links = [Link(cause) for cause in recorded[1 : _MOST_LINKS + 1]]
    entered = started(name, recorded[0], kind, attributes, links) if recorded else None
    with within(entered or tracer.start_span(name, None, kind, attributes)) as current:
        yield current


def started(
    name: str,
    cause: SpanContext,
    kind: SpanKind,
    attributes: Attributes | None = None,
    links: Sequence[Link] | None = None,
) -> Span:
    """A span that its caller ends. It is a child of `cause`, and begins a trace where that is not valid.

    What its cause does not record is not recorded, and nothing is made for it.
    """
    if cause.is_valid and not cause.trace_flags.sampled and _requests.follows_cause:
        return trace.NonRecordingSpan(cause)
    return tracer.start_span(name, _around(cause), kind, attributes, links)


@contextmanager
def within(entered: Span) -> Iterator[Span]:
    """Make a span the current one, and end it.

    What went wrong is told by the kind of the error alone: its message may hold what somebody wrote.
    """
    token = context.attach(trace.set_span_in_context(entered))
    try:
        yield entered
    except Exception as error:
        entered.set_attribute("error.type", type(error).__name__)
        entered.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        context.detach(token)
        entered.end()


def extract(headers: Mapping[str, str]) -> context.Context:
    """The context that a message or request carries."""
    return propagate.extract({name.lower(): value for name, value in headers.items()})


def cause_in(headers: Mapping[str, str] | None) -> SpanContext:
    """The span that sent a message; not valid where it names none. `headers` take any capitals.

    As this project writes it it is read here, in a quarter of the time; all else by the library.
    """
    if not headers:
        return _NO_CAUSE
    plain = _plain(headers.get(_TRACE, ""))
    if plain and _STATE not in headers:
        trace_id, span_id, flags = plain.groups()
        return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=_FLAGS[flags])
    return trace.get_current_span(extract(headers)).get_span_context()


def cause_of(traceparent: str | None) -> SpanContext:
    """The same, of what was kept."""
    return cause_in({_TRACE: traceparent} if traceparent else None)


def traceparent(cause: SpanContext) -> str | None:
    """As W3C writes it; None of no trace."""
    if not cause.is_valid:
        return None
    return f"00-{cause.trace_id:032x}-{cause.span_id:016x}-{cause.trace_flags:02x}"


def inject(headers: MutableMapping[str, str]) -> MutableMapping[str, str]:
    """Add the current context to the headers of a message; returns them."""
    current = trace.get_current_span().get_span_context()
    written = traceparent(current)
    if written is not None:
        headers[_TRACE] = written
        if current.trace_state:
            headers[_STATE] = current.trace_state.to_header()
    return headers


def correlation_id() -> UUID:
    """The trace id of the current context as a UUID; a new id where there is no trace."""
    current = trace.get_current_span().get_span_context()
    return UUID(int=current.trace_id) if current.is_valid else new_id()


def _around(cause: SpanContext) -> context.Context:
    return trace.set_span_in_context(trace.NonRecordingSpan(cause), context.Context())


def _is_off() -> bool:
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower()
    return exporter == "none" or os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
