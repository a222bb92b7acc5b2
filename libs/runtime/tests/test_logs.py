"""What others send never gets into a log by way of a library."""

import subprocess
import sys

import pytest

_LOGGED = """
import sys
from banstream_runtime.logs import configure_logs
from banstream_runtime.telemetry import begun
configure_logs("test")
begun("GET", "/", {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", sys.argv[1]: sys.argv[2]})
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("baggage", "from=192.0.2.7\\x,who=192.0.2.7 x"),
        ("baggage", "who=" + "192.0.2.7" * 1000),
        ("tracestate", "192.0.2.7\\x"),
        ("tracestate", "a=192.0.2.7,a=192.0.2.8"),
    ],
    ids=["no baggage", "much baggage", "no state", "state twice"],
)
def test_what_a_caller_sends_beside_its_trace_is_never_logged(name: str, value: str) -> None:
    run = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", _LOGGED, name, value], capture_output=True, text=True, check=True, timeout=60
    )
    assert (run.stdout, run.stderr) == ("", "")
