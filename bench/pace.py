"""How fast this machine and its Python are: the same piece of work, before every benchmark and after the last.

Cores that are shared with others run at half of their speed now and then, and a Python that was built without
optimizations takes up to a fifth more; figures of two runs can be compared by this one.
"""

import gc
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.report import Figure

OBJECTS, TRIES = 100_000, 3


@dataclass(slots=True)
class _Made:
    place: int
    name: str


def pace() -> float:
    """Milliseconds of processor time for objects, texts and a dictionary of them; the least of some tries.

    What a benchmark has left in memory is not looked through meanwhile.
    """
    gc.disable()
    try:
        return min(_once() for _ in range(TRIES))
    finally:
        gc.enable()


def figure(paces: Sequence[float]) -> Figure:
    """For information."""
    what = f"{OBJECTS:,} objects and texts made by Python {platform.python_version()}"
    note = f"the pace of this machine: {min(paces):.0f} to {max(paces):.0f} ms, measured {len(paces)} times in the run"
    return Figure(what, "ms", statistics.median(paces), note=note)


def _once() -> float:
    began = time.process_time()
    made = {f"player:{place % 1000}:{place}": _Made(place, str(place)) for place in range(OBJECTS)}
    assert sum(each.place for each in made.values()) == OBJECTS * (OBJECTS - 1) // 2
    return (time.process_time() - began) * 1000
