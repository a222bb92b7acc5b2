"""Join checks by two gateway workers, against one."""

import asyncio
import os
from statistics import median

from banstream_testing.system import System, running_system
from bench import restricted
from bench.checks import CONNECTIONS, HELD, UNLIMITED, Request, banned, load, native
from bench.report import Figure
from bench.sizes import sized

ROUNDS = 3
WANTED_CORES = 2


async def measure() -> list[Figure]:
    """Each worker has a core, which it shares with the client that loads it: a second one can do no more than twice."""
    cores = sorted(os.sched_getaffinity(0))[:WANTED_CORES]
    if len(cores) < WANTED_CORES:
        return [Figure("checks by two workers", "/s", 0, note="not measured: this machine has one core")]
    held = sized(2000, HELD, HELD)
    async with running_system(gateways=WANTED_CORES, settings=UNLIMITED) as system:
        system.infractions.kill()  # a bucket has one writer
        await restricted.fill(system, 0, held, banned)
        await restricted.known(system, held, range(WANTED_CORES))
        requests = native(system, held)
        for gateway, core in zip(system.gateways, cores, strict=True):
            os.sched_setaffinity(gateway.service.pid, {core})
        await checks(system, cores, requests, 0.5)
        one, two = [], []
        for _ in range(ROUNDS):
            one.append(await checks(system, cores[:1], requests, sized(1, 4, 4)))
            two.append(await checks(system, cores, requests, sized(1, 4, 4)))
    note = (
        f"{held:,} restrictions held; each worker and its client on a core of their own;"
        f" median of {ROUNDS} alternating rounds"
    )
    return [Figure("checks by two workers, and by one", "/s", median(two), median(one), goal=1.7, note=note)]


async def checks(system: System, cores: list[int], requests: list[Request], seconds: float) -> float:
    """Checks a second by the first workers, as many as there are cores, all at once."""
    seen = await asyncio.gather(
        *(
            load(gateway.url, requests, seconds, CONNECTIONS, core=core)
            for gateway, core in zip(system.gateways, cores, strict=False)
        )
    )
    assert {status for each in seen for status in each["statuses"]} == {"200"}
    return float(sum(each["per_second"] for each in seen))
