"""One running program, its lines and its end."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from banstream_cli.stack.lines import LineSplitter
from banstream_cli.stack.tether import tethered

LAST_LINES_SECONDS = 0.5
"""How long to wait for the end of the output once the program is gone: something it started may hold on."""


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A program to keep running. `env` is its whole environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    ready: Callable[[], Awaitable[bool]] | None = field(default=None, repr=False)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 3.0
    death_signal: signal.Signals = signal.SIGKILL
    """What the program gets when we are killed."""
    cwd: Path | None = None


class Child:
    """A program in a session of its own, so that a Ctrl-C in the terminal reaches only us."""

    def __init__(self, running: Process, output: asyncio.Task[None]) -> None:
        self.pid = running.pid
        self._running = running
        self._output = output

    @classmethod
    async def spawn(cls, spec: ServiceSpec, on_line: Callable[[str], None]) -> Self:
        """Start the program; each line of its stdout and stderr goes to on_line."""
        # A pipe of ours: asyncio's own would make wait() hang while a grandchild holds it open.
        read_end, write_end = os.pipe()
        output = asyncio.create_task(_pump(read_end, on_line))
        try:
            running = await _start(spec, write_end)
        except BaseException:
            await asyncio.wait({output})
            raise
        return cls(running, output)

    async def wait(self) -> int:
        """The return code, negative for a signal; then nothing of the program's session is left."""
        code = await self._running.wait()
        self.kill()
        await asyncio.wait({self._output}, timeout=LAST_LINES_SECONDS)
        self._output.cancel()
        await asyncio.wait({self._output})
        return code

    def send(self, number: signal.Signals) -> None:
        """Signal the program alone; no error when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._running.send_signal(number)

    def kill(self) -> None:
        """Kill the program and what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


async def _start(spec: ServiceSpec, output: int) -> Process:
    """Start the program and close our copy of its output, so that the reader sees the end of it."""
    try:
        return await asyncio.create_subprocess_exec(
            *tethered(spec.argv, spec.death_signal),
            env=dict(spec.env),
            cwd=spec.cwd,
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    finally:
        os.close(output)


async def _pump(read_end: int, on_line: Callable[[str], None]) -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: protocol, os.fdopen(read_end, "rb", buffering=0)
    )
    splitter = LineSplitter()
    try:
        while chunk := await reader.read(65_536):
            for text in splitter.feed(chunk):
                on_line(text)
    finally:
        transport.close()
        for text in splitter.rest():
            on_line(text)
