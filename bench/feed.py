"""How soon waiting game servers hear of a ban."""

import asyncio
import json
import sys
import time

from banstream_testing.steps import ban, somebody
from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED
from bench.report import Figure

CLIENTS, BANS = 200, 50
PAUSE_SECONDS = 0.1


async def measure() -> list[Figure]:
    """Bans through one gateway, 200 clients in a long poll at another, every one hears of every ban."""
    async with running_system(gateways=2, settings=UNLIMITED) as system:
        waiting = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.waiting", system.gateways[1].url, system.token, str(CLIENTS), str(BANS)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert waiting.stdout is not None
        assert (await waiting.stdout.readline()).strip() == b"ready"
        began = await bans(system)
        heard = json.loads(await asyncio.wait_for(waiting.stdout.read(), 60))
        await waiting.wait()
    delays = sorted((moment - began[infraction]) * 1000 for infraction, moment in heard)
    assert len(delays) == CLIENTS * BANS, len(delays)
    middle, last = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    note = f"p50 {middle:.1f} ms; {BANS} bans, each heard by all; counted from before the ban was sent"
    what = f"ban until {CLIENTS} clients waiting at another gateway have it, p99"
    return [Figure(what, "ms", last, goal=100, at_most=True, note=note)]


async def bans(system: System) -> dict[str, float]:
    """When each was sent, by infraction."""
    began = {}
    for _ in range(BANS):
        sent = time.perf_counter()
        infraction = await ban(system, somebody(), gateway=0)
        began[infraction.body["id"]] = sent
        await asyncio.sleep(PAUSE_SECONDS)
    return began
