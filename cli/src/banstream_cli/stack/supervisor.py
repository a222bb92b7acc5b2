"""Keeps programs running, and ends every one of them."""

import asyncio
import signal
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from banstream_cli.stack.child import LAST_LINES_SECONDS, Child, ServiceSpec
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.terminal import Terminal

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
HEALTHY_SECONDS = 30.0
STOP_SECONDS = 9.5
"""All of the stop, under the ten seconds that container engines grant."""
ENDS_BEFORE_READY = 5
PROBE_PAUSE_SECONDS = 0.05


def how_it_ended(code: int) -> str:
    """`exit code 1` or `SIGKILL`."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class _Service:
    """One program that is started again whenever it ends."""

    def __init__(
        self, spec: ServiceSpec, terminal: Terminal, on_change: Callable[[], None], first_pause: float
    ) -> None:
        self.spec = spec
        self.child: Child | None = None
        self.ends = 0
        self._terminal = terminal
        self._on_change = on_change
        self._first_pause = first_pause
        self._stopping = False
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        pause = self._first_pause
        while not self._stopping:
            began = time.monotonic()
            ended = await self._run()
            if self._stopping:
                return
            self.ends += 1
            pause = self._first_pause if time.monotonic() - began > HEALTHY_SECONDS else pause
            self._terminal.tell(f"{self.spec.name} ended with {ended}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run(self) -> str:
        try:
            child = await Child.spawn(self.spec, lambda text: self._terminal.line(self.spec.name, text))
        except OSError as error:
            return str(error)
        self.child = child
        if self._stopping:
            child.kill()
        self._on_change()
        ended = how_it_ended(await child.wait())
        self.child = None
        return ended

    def forbid_restart(self) -> None:
        self._stopping = True

    def kill(self) -> None:
        if self.child:
            self.child.kill()

    async def stop(self, deadline: float) -> None:
        """Ask, wait for the service's own time within the deadline, then kill."""
        self._stopping = True
        if self.child:
            self.child.send(self.spec.stop_signal)
            patience = min(self.spec.stop_timeout, deadline - time.monotonic())
            await asyncio.wait({self._keeper}, timeout=max(patience, 0))
        self.kill()
        if not self.child:
            self._keeper.cancel()
        await asyncio.wait({self._keeper})

    async def until_ready(self) -> None:
        """Return when its own check says yes; give up on one that keeps ending."""
        while self.spec.ready and not await self.spec.ready():
            if self.ends >= ENDS_BEFORE_READY:
                raise StackError(f"{self.spec.name} ended {self.ends} times; its lines above say why")
            await asyncio.sleep(PROBE_PAUSE_SECONDS)


class Supervisor:
    """Starts services in stages and stops them in the reverse order, at the latest on leaving the block.

    `on_change` is called whenever a child has been started, first or again.
    """

    def __init__(
        self,
        terminal: Terminal,
        on_change: Callable[[], None] = lambda: None,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self._terminal = terminal
        self._on_change = on_change
        self._first_pause = first_pause_seconds
        self._stages: list[list[_Service]] = []

    async def __aenter__(self) -> Self:
        """Nothing to do yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything; when even that is cut short, kill everything."""
        try:
            await self.stop()
        finally:
            self.kill()

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of what runs now, by service name."""
        return {service.spec.name: service.child.pid for service in self._services if service.child}

    def start(self, *specs: ServiceSpec) -> None:
        """Start these together, as one stage; they are stopped together, before any earlier stage."""
        self._stages.append([_Service(spec, self._terminal, self._on_change, self._first_pause) for spec in specs])

    async def wait_ready(self, timeout_seconds: float) -> None:
        """Wait for the checks of all that has been started; a StackError names who is missing."""
        waiting = {asyncio.create_task(service.until_ready()): service for service in self._services}
        try:
            done, missing = await asyncio.wait(waiting, timeout=timeout_seconds, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
            if missing:
                names = ", ".join(sorted(waiting[task].spec.name for task in missing))
                raise StackError(f"not ready after {timeout_seconds:g} s: {names}")
        finally:
            await _cancel(waiting)

    async def run_step(self, spec: ServiceSpec, *, quiet: bool = False) -> None:
        """Run a program to its end. A failure is a StackError; the lines of a quiet one show only then."""
        lines: list[str] = []
        child = await Child.spawn(spec, lines.append if quiet else self._line_of(spec))
        try:
            code = await child.wait()
        except BaseException:
            child.kill()
            await child.wait()
            raise
        if code:
            for text in lines:
                self._terminal.line(spec.name, text)
            raise StackError(f"{spec.name} failed with {how_it_ended(code)}; its lines above say why")

    async def stop(self) -> None:
        """Stop the last stage first, all within STOP_SECONDS, with the wait for the last lines of what is killed."""
        deadline = time.monotonic() + STOP_SECONDS - LAST_LINES_SECONDS * len(self._stages)
        for service in self._services:
            service.forbid_restart()
        for stage in reversed(self._stages):
            await asyncio.gather(*(service.stop(deadline) for service in stage))

    def kill(self) -> None:
        """Kill every service at once and start nothing again; a step ends with who waits for it."""
        for service in self._services:
            service.forbid_restart()
            service.kill()

    @property
    def _services(self) -> list[_Service]:
        return [service for stage in self._stages for service in stage]

    def _line_of(self, spec: ServiceSpec) -> Callable[[str], None]:
        return lambda text: self._terminal.line(spec.name, text)


async def _cancel(tasks: dict[asyncio.Task[None], _Service]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
