"""What an operation costs each process of a system, in processor time: wall time says less where cores are shared."""

from banstream_testing.system import System
from bench.processes import processor_seconds, with_descendants

LEAST = 0.005
"""What costs less, of all, is left out."""


class Costs:
    """Counts from when it is made; backends of Postgres that begin or end meanwhile are in its sum."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._before = self._used()

    def each(self, operations: int) -> dict[str, float]:
        """Milliseconds for one of so many operations, by process, the dearest first."""
        used = self._used()
        found = {name: (used[name] - self._before.get(name, 0.0)) / operations * 1000 for name in used}
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def told(self, operations: int) -> str:
        """The same for a note; in microseconds where all together take less than half a millisecond."""
        found = self.each(operations)
        unit, factor, digits = ("ms", 1, 2) if sum(found.values()) >= 0.5 else ("µs", 1000, 0)
        dear = {name: cost * factor for name, cost in found.items() if cost >= LEAST * sum(found.values())}
        each = ", ".join(f"{name} {cost:.{digits}f}" for name, cost in dear.items())
        return f"processor {unit} each: {each}; {sum(found.values()) * factor:.{digits}f} in all"

    def _used(self) -> dict[str, float]:
        servers = {"NATS": self._system.nats.pids(), "Postgres": with_descendants(self._system.postgres.pids())}
        services = {service.name: [service.pid] for service in self._system.services}
        return {name: sum(map(_seconds, pids)) for name, pids in {**services, **servers}.items()}


def _seconds(pid: int) -> float:
    try:
        return processor_seconds(pid)
    except OSError:
        return 0.0
