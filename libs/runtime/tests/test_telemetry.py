"""Which traces are recorded, as OpenTelemetry's own variables say; each in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

_ASK = """
import json, sys, time

from opentelemetry.trace import SpanKind
from banstream_runtime.telemetry import begun, cause_of, configure_telemetry, inject, step, traceparent
configure_telemetry("test")
begins = [begun("GET", f"/{number // 10}", {}) for number in range(2000)]
began = time.monotonic()
flood = [begun("GET", "/one", {}) for _ in range(2000)]
seconds = time.monotonic() - began
recorded = [each.is_recording() for each in begins if each]
with step("send", SpanKind.PRODUCER):
    sent = dict(inject({}))
ids = [(each.get_span_context().trace_id, each) for each in begins if each]
known = cause_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
print(json.dumps({
    "recorded": sum(recorded), "flood": sum(each is not None and each.is_recording() for each in flood),
    "seconds": seconds,
    "distinct": len({trace_id for trace_id, _ in ids}), "sent": sent, "again": traceparent(known),
    "hostile": [cause_of(text).is_valid for text in ("", "00-xx-yy-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01")],
}))
"""
_COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}


def asked(**environment: str) -> dict[str, object]:
    own = {"PATH": os.environ["PATH"], "OTEL_BSP_EXPORT_TIMEOUT": "1", **environment}
    run = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", _ASK], env=own, capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, object] = json.loads(run.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "environment",
    [{}, {**_COLLECTOR, "OTEL_SDK_DISABLED": "true"}, {**_COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}],
    ids=["no collector", "disabled", "no exporter"],
)
def test_nothing_is_recorded_unless_asked_for(environment: dict[str, str]) -> None:
    found = asked(**environment)
    assert (found["recorded"], found["flood"], found["sent"]) == (0, 0, {})


def test_a_tenth_is_a_tenth_and_of_one_route_no_more_than_can_be_looked_at() -> None:
    found = asked(**_COLLECTOR, OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0.1")
    recorded, flood, seconds = found["recorded"], found["flood"], found["seconds"]
    assert isinstance(recorded, int)
    assert isinstance(flood, int)
    assert isinstance(seconds, float)
    assert 100 < recorded < 320, "of 2,000; so far off once in 10^12 runs"
    assert found["distinct"] == recorded
    assert 20 <= flood <= 20 * (2 + int(seconds)), "20 a second, and the flood may meet the turn of one"
    assert str(found["sent"]["traceparent"]).endswith("-00"), "what is not recorded here is nowhere"  # type: ignore[index] # a dict


def test_always_is_always() -> None:
    found = asked(**_COLLECTOR, OTEL_TRACES_SAMPLER="always_on")
    assert (found["recorded"], found["flood"]) == (2000, 2000)


def test_never_is_never() -> None:
    found = asked(**_COLLECTOR, OTEL_TRACES_SAMPLER="always_off")
    assert (found["recorded"], found["flood"]) == (0, 0)


def test_a_context_is_read_and_written_as_w3c_says_and_nonsense_is_none() -> None:
    found = asked()
    assert found["again"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert found["hostile"] == [False, False, False]


_FOLLOW = """
import json
from opentelemetry.trace import SpanKind
from banstream_runtime.telemetry import (
    cause_in, cause_of, configure_telemetry, inject, merged_span, span, started, traceparent, within
)
configure_telemetry("test")
THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
made = {}
for name, flags in (("unrecorded", "-00"), ("recorded", "-01")):
    cause = cause_in({"traceparent": THEIRS + flags})
    one = started("one", cause, SpanKind.CONSUMER)
    with merged_span("merged", [cause]) as merged, span("asked", {"Traceparent": THEIRS + flags}) as asked:
        spans = (one, merged, asked)
        made[name] = [each.is_recording() for each in spans], [
            traceparent(each.get_span_context())[:35] == THEIRS[:35] for each in spans
        ]
with within(started("state", cause_in({"traceparent": THEIRS + "-01", "tracestate": "theirs=1"}), SpanKind.CONSUMER)):
    sent = dict(inject({}))
kinds = ["01-" + THEIRS[3:] + "-01", "00-" + THEIRS[3:] + "-03", THEIRS.upper() + "-01", "ff-" + THEIRS[3:] + "-01"]
print(json.dumps({**made, "state": sent.get("tracestate"), "kinds": [traceparent(cause_of(each)) for each in kinds]}))
"""


def followed(**environment: str) -> dict[str, object]:
    own = {"PATH": os.environ["PATH"], "OTEL_BSP_EXPORT_TIMEOUT": "1", **environment}
    run = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", _FOLLOW], env=own, capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, object] = json.loads(run.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("sampler", "of_the_unrecorded"),
    [("parentbased_always_on", False), ("always_on", True)],
    ids=["as its cause", "always"],
)
def test_what_follows_is_recorded_as_the_sampler_says_and_stays_in_its_trace(
    sampler: str, *, of_the_unrecorded: bool
) -> None:
    found = followed(**_COLLECTOR, OTEL_TRACES_SAMPLER=sampler)
    assert found["unrecorded"] == [[of_the_unrecorded] * 3, [True] * 3]
    assert found["recorded"] == [[True] * 3, [True] * 3]
    assert found["state"] == "theirs=1"


def test_every_form_of_a_context_is_read_as_the_library_reads_it() -> None:
    known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
    assert followed()["kinds"] == [f"{known}-01", f"{known}-03", None, None]
