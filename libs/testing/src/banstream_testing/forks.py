"""Processes of services that are forked from one which has imported what all of them need.

That takes most of the time in which a service starts, and a run of the tests starts hundreds. Only pytest does so
(`fixtures.py`): benchmarks start services as `banstream up` does.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_IMPORTED = (
    "aiohttp.web",
    "asyncpg",
    "asyncssh",
    "babel.dates",
    "banstream_contracts.documents.asyncapi",
    "banstream_contracts.public_events",
    "faststream.nats",
    "fluent.runtime",
    "msgspec",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "pydantic_settings",
    "structlog",
    "uvloop",
)
"""Libraries and contracts, but nothing that has metrics of its own: a service shows those that it has imported."""
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_IMPORTED))


class Forked:
    """`subprocess.Popen` as far as a test needs it, of a module and its arguments."""

    is_wanted = False
    """Whether services are to be started so."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._process = _CONTEXT.Process(target=_run, args=(command, environment, log))
        self._process.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired when it goes on."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    os.close(output)
    sys.argv = list(command)
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 - a child of multiprocessing does not
