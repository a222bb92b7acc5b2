"""Where traces begin: whether one is recorded is decided before anything is made for it.

A join check takes 20 to 45 µs. To learn from the SDK that it is not recorded would take 10 more, and to record and send
it takes 60: a tenth of all would cost more than a twentieth of what a process can answer. So of each route no more
are recorded in a second than anybody can look at.
"""

import os
import time
from random import getrandbits

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Tracer

_HALF = 64
_ALL = 1 << _HALF
_FOLLOWING = {"", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}
_RATIOS = {"traceidratio", "parentbased_traceidratio"}
MOST_PER_SECOND = 20
"""Traces that begin in one process by one route, where a ratio is set."""


class RequestTraces:
    """Begins the traces of requests as `OTEL_TRACES_SAMPLER` says; the provider of the tracer has to take `ids`."""

    def __init__(self, tracer: Tracer) -> None:
        self.ids = _Ids()
        self._tracer = tracer
        self.is_on = False
        self.follows_cause = True
        """Whether what its cause does not record is not recorded either."""
        self._bound = _ALL
        self._begun: dict[tuple[str, str], tuple[int, int]] = {}

    def switch_on(self) -> None:
        """Read the environment: from now on traces are recorded."""
        self.is_on = True
        self.follows_cause = os.environ.get("OTEL_TRACES_SAMPLER", "").strip().lower() in _FOLLOWING
        self._bound = _bound_of_ratio()

    def begin(self, method: str, route: str) -> Span | None:
        """The first span of a request that is recorded. The SDK's sampler by ratio looks at the same half of the id."""
        low = getrandbits(_HALF)
        if low >= self._bound or not self._has_room(method, route):
            return None
        self.ids.trace_id = (getrandbits(_HALF) or 1) << _HALF | low
        return self._tracer.start_span(f"{method} {route}", Context(), SpanKind.SERVER)

    def _has_room(self, method: str, route: str) -> bool:
        if self._bound == _ALL:
            return True
        second = int(time.monotonic())
        last, count = self._begun.get((method, route), (second, 0))
        self._begun[method, route] = (second, count + 1 if last == second else 1)
        return last != second or count < MOST_PER_SECOND


def unrecorded() -> Span:
    """Of a trace that nobody records: whoever goes on in it records nothing either."""
    return NonRecordingSpan(SpanContext(getrandbits(2 * _HALF) or 1, getrandbits(_HALF) or 1, is_remote=False))


class _Ids(RandomIdGenerator):
    """Random, but for a trace id that was drawn before."""

    trace_id: int | None = None

    def generate_trace_id(self) -> int:
        drawn, self.trace_id = self.trace_id, None
        return drawn or super().generate_trace_id()


def _bound_of_ratio() -> int:
    """Of any other sampler everything is left to the SDK, and so is a ratio that it would refuse."""
    if os.environ.get("OTEL_TRACES_SAMPLER", "").strip().lower() not in _RATIOS:
        return _ALL
    try:
        return TraceIdRatioBased(float(os.environ.get("OTEL_TRACES_SAMPLER_ARG", "1"))).bound
    except ValueError:
        return _ALL
