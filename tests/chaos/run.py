"""One run: the world, the load, the faults of a plan, and the verdict."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from random import Random

from tests.chaos.faults import fault_of
from tests.chaos.load import Load, client_session
from tests.chaos.model import Model
from tests.chaos.plan import Kind, Planned, broken_by
from tests.chaos.verdict import judge
from tests.chaos.world import World

_GIVE_UP_SECONDS = 60.0
"""How long after the last fault a client goes on asking for what it was not granted."""


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    wrong: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    not_tried: list[str] = field(default_factory=list)


async def run(
    world: World, planned: Sequence[Planned], seconds: float, seed: int, tell: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Break what is planned while joins and bans go on for so many seconds, then let all come to rest."""
    async with client_session() as http:
        model = Model(killed_at=world.killed_at)
        load = Load(world, model, Random(seed), http)  # noqa: S311 - to be repeated, not to be secret
        stop, began = asyncio.Event(), time.monotonic()
        broken = defaultdict[str, asyncio.Lock](asyncio.Lock)
        keeping = asyncio.create_task(world.keep())
        loading = asyncio.create_task(load.run(stop))
        try:
            async with asyncio.TaskGroup() as tasks:
                for each in planned:
                    tasks.create_task(_break(world, each, began, broken, tell))
                tasks.create_task(asyncio.sleep(seconds))
            tell(f"{time.monotonic() - began:6.1f} s  everything is mended; waiting for what is on its way")
            stop.set()
            done, _ = await asyncio.wait([loading], timeout=_GIVE_UP_SECONDS)
            load.given_up = True
            await loading
            if not done:
                model.wrong.append(f"{_GIVE_UP_SECONDS:.0f} s after the last fault clients still wait for an answer")
            verdict = await judge(world, load)
        finally:
            load.given_up = True
            stop.set()
            for task in (keeping, loading):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    figures = {"seconds": round(seconds), **_of_faults(planned), **_of_load(load), **verdict.figures}
    for name, times in world.ended.items():
        figures[f"ended by itself: {name}"] = times
    return Outcome([*world.wrong, *model.wrong, *verdict.wrong], figures, world.not_tried)


async def _break(
    world: World, planned: Planned, began: float, broken: Mapping[str, asyncio.Lock], tell: Callable[[str], None]
) -> None:
    """Mending may take longer than planned: what breaks the same process waits for it."""
    fault = fault_of(planned, world)
    await asyncio.sleep(began + planned.at - time.monotonic())
    async with AsyncExitStack() as stack:
        for name in sorted(broken_by(planned.kind, planned.target)):
            await stack.enter_async_context(broken[name])
        tell(str(planned))
        await fault.inject()
        try:
            await asyncio.sleep(planned.seconds)
        finally:
            await fault.heal()


def _of_faults(planned: Sequence[Planned]) -> dict[str, object]:
    times = Counter(each.kind for each in planned)
    return {"faults": len(planned), **{f"faults: {kind}": times[kind] for kind in Kind if times[kind]}}


def _of_load(load: Load) -> dict[str, object]:
    latencies = sorted(load.latencies)
    return {
        **dict(sorted(load.model.counts.items())),
        "incidents accepted": sum(load.model.incidents.values()),
        "checks, median ms": _milliseconds(latencies, 0.5),
        "checks, p99 ms": _milliseconds(latencies, 0.99),
        "longest time without an accepted write, s": round(load.longest_gap, 1),
    }


def _milliseconds(ordered: Sequence[float], share: float) -> float:
    return round(1000 * ordered[int(share * (len(ordered) - 1))], 1) if ordered else 0.0
