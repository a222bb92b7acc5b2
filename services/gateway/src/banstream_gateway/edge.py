"""Around every request: problems become answers, and each answer is counted and traced.

A wrapper of each handler and not an aiohttp middleware: one middleware costs a tenth of a join check, since
aiohttp then adds another of its own.
"""

from collections.abc import Iterable
from time import perf_counter

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from opentelemetry.trace import Span
from opentelemetry.trace.status import StatusCode

from banstream_gateway.answers import problem_answer
from banstream_gateway.endpoints import own_path
from banstream_gateway.flask import flask_json
from banstream_gateway.gflbans import errors, routing
from banstream_gateway.metrics import Metrics
from banstream_gateway.problems import MethodNotAllowed, NotFound, Problem
from banstream_runtime.telemetry import begun, correlation_id, within

UNKNOWN, OTHER = "unknown", "other"
"""A path that is no route, and a method that its path does not have, as metrics call them."""

logger = structlog.stdlib.get_logger(__name__)


def framed(handler: Handler, route: str, metrics: Metrics, *, traces: bool, counted_as: str | None = None) -> Handler:
    """The handler of one route as aiohttp calls it. Without `traces` only requests that bring a trace are in one.

    `counted_as`: in place of the method, where that may be any.
    """

    async def answer(request: web.Request) -> web.StreamResponse:
        started = perf_counter()
        span = begun(request.method, route, request.headers) if traces or "traceparent" in request.headers else None
        if span is not None:
            response = await _traced(span, request, handler)
        else:
            try:
                response = await handler(request)
            except Exception as error:  # noqa: BLE001 - all of them become an answer
                response = _failed(request, error)
        metrics.requests.observe(counted_as or request.method, route, response.status, perf_counter() - started)
        return response

    return answer


def without_method(allowed: Iterable[str]) -> Handler:
    """What answers the other methods of a path."""
    headers = {"Allow": ",".join(sorted(allowed))}

    async def answer(_request: web.Request) -> web.StreamResponse:
        raise MethodNotAllowed(headers=headers)

    return answer


async def without_path(_request: web.Request) -> web.StreamResponse:
    """What answers every other path."""
    raise NotFound


async def _traced(span: Span, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Names and ids stay out of spans: the route says enough, and the path may hold a token."""
    with within(span) as current:
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - all of them become an answer
            response = _failed(request, error)
        current.set_attribute("http.response.status_code", response.status)
        if response.status >= 500:  # noqa: PLR2004 - server errors
            current.set_status(StatusCode.ERROR)
        return response


def _failed(request: web.Request, error: Exception) -> web.Response:
    """The answer says nothing of what was not expected; the log says where to look."""
    trace_id = correlation_id().hex
    if isinstance(error, Problem):
        return _rendered(request, error, trace_id)
    logger.error("unexpected_error", error=type(error).__name__, trace_id=trace_id, exc_info=error)
    return _rendered(request, Problem(), trace_id)


def _rendered(request: web.Request, problem: Problem, trace_id: str) -> web.Response:
    """problem+json for the native API, GFLBans' form below its prefixes, the Flask protocol's everywhere else."""
    path = own_path(request)
    if routing.is_ours(path):
        return errors.rendered(problem)
    if not path.startswith("/v1"):
        message = problem.detail or problem.title
        return flask_json({"message": message, "status": "fail"}, problem.status, problem.headers)
    return problem_answer(problem, trace_id)
