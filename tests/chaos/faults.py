"""The faults: each can be injected and healed, once."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from tests.chaos.plan import NATS, Kind, Planned
from tests.chaos.world import World

from banstream_testing.tcp_proxy import TcpProxy
from banstream_testing.waiting import eventually

_HOUR = 3600
_DELAY_SECONDS = 0.4
_START_SECONDS = 30.0


class Fault(Protocol):
    """Something that is wrong for a while."""

    async def inject(self) -> None:
        """Break it."""

    async def heal(self) -> None:
        """Make it whole; what it takes to work again is up to the system."""


@dataclass(slots=True)
class Kill:
    """`kill -9`, and a new start."""

    world: World
    target: str

    async def inject(self) -> None:
        """See Fault."""
        await asyncio.to_thread(self.world.kill, self.target)

    async def heal(self) -> None:
        """See Fault."""
        await asyncio.to_thread(self.world.start, self.target)


@dataclass(slots=True)
class Pause:
    """SIGSTOP of a process and all of its children, and SIGCONT."""

    world: World
    target: str
    _stopped: list[int] = field(default_factory=list)

    async def inject(self) -> None:
        """See Fault."""
        for pid in self.world.pids(self.target):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                self._stopped.append(pid)

    async def heal(self) -> None:
        """See Fault."""
        for pid in self._stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@dataclass(slots=True)
class Network:
    """What a proxy does to its connections."""

    proxy: TcpProxy
    break_it: Callable[[], None]

    async def inject(self) -> None:
        """See Fault."""
        self.break_it()

    async def heal(self) -> None:
        """See Fault."""
        self.proxy.mend()


@dataclass(slots=True)
class FullDisk:
    """No room where a server keeps its files.

    A stream of NATS that could not be written stays broken with room again, until its server is started anew: that
    is left to operators, and done here in their place. Postgres comes back by itself.
    """

    world: World
    target: str

    async def inject(self) -> None:
        """See Fault."""
        await asyncio.to_thread(self.world.disks[self.target].fill)

    async def heal(self) -> None:
        """See Fault."""
        await asyncio.to_thread(self.world.disks[self.target].free)
        if self.target == NATS:
            await asyncio.to_thread(self.world.kill, NATS)
            await asyncio.to_thread(self.world.start, NATS)


@dataclass(slots=True)
class ClockStep:
    """The wall clock of a process, moved and moved back."""

    world: World
    target: str
    seconds: int

    async def inject(self) -> None:
        """See Fault."""
        self.world.clocks[self.target].step(self.seconds)

    async def heal(self) -> None:
        """See Fault."""
        self.world.clocks[self.target].step(0)


@dataclass(slots=True)
class StartAlone:
    """A gateway that is killed while NATS is away, and started again: it answers from its copy before NATS is back."""

    world: World
    target: str

    async def inject(self) -> None:
        """See Fault."""
        for name in (NATS, self.target):
            await asyncio.to_thread(self.world.kill, name)
        await asyncio.to_thread(self.world.start, self.target)

    async def heal(self) -> None:
        """See Fault."""
        try:
            await eventually(lambda: self.world.answers(self.target), _START_SECONDS)
        except AssertionError:
            self.world.wrong.append(f"{self.target} was started without NATS and does not answer from its copy")
        await asyncio.to_thread(self.world.start, NATS)


def fault_of(planned: Planned, world: World) -> Fault:
    """What was planned."""
    target = planned.target
    match planned.kind:
        case Kind.KILL:
            return Kill(world, target)
        case Kind.PAUSE:
            return Pause(world, target)
        case Kind.DELAY:
            proxy = world.proxies[target]
            return Network(proxy, lambda: setattr(proxy, "delay_seconds", _DELAY_SECONDS))
        case Kind.CUT:
            return Network(world.proxies[target], world.proxies[target].cut)
        case Kind.BLACK_HOLE:
            return Network(world.proxies[target], world.proxies[target].black_hole)
        case Kind.FULL_DISK:
            return FullDisk(world, target)
        case Kind.CLOCK_FORWARD:
            return ClockStep(world, target, _HOUR)
        case Kind.CLOCK_BACK:
            return ClockStep(world, target, -_HOUR)
        case Kind.START_ALONE:
            return StartAlone(world, target)
