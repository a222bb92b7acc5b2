"""A gateway that starts with very many restrictions to load, and what they take of its memory."""

import time

from banstream_testing.system import System, running_system
from bench.processes import MEGABYTE, resident_bytes
from bench.report import Figure
from bench.restricted import fill, known
from bench.sizes import sized


async def measure() -> list[Figure]:
    """Half of them are there at the first start, the others come while it runs; then it starts again with all."""
    count = sized(2000, 1_000_000, 1_000_000)
    async with running_system() as system:
        system.infractions.kill()  # a bucket has one writer
        await fill(system, 0, count // 2)
        await started(system, count // 2)
        half = resident_bytes(system.gateways[0].service.pid)
        await fill(system, count // 2, count)
        await known(system, count)
        grown = resident_bytes(system.gateways[0].service.pid)
        seconds = await started(system, count)
        resident = resident_bytes(system.gateways[0].service.pid)
    each = (grown - half) / (count - count // 2)
    what = f"gateway with {count:,} restrictions"
    note = "from the start of the process to 200 of /readyz"
    return [
        Figure(f"{what}, cold start", "s", seconds, goal=10, at_most=True, note=note),
        Figure(f"{what}, resident", "MB", resident / MEGABYTE, goal=350, at_most=True),
        Figure(
            f"{what}, each further one",
            "bytes",
            each,
            goal=200,
            at_most=True,
            note=f"from {count // 2:,} to {count:,} while it runs, a doubling of its tables included",
        ),
    ]


async def started(system: System, count: int) -> float:
    """Start the gateway anew; seconds until it is ready."""
    gateway = system.gateways[0]
    gateway.service.kill()
    began = time.perf_counter()
    gateway.service.start()
    await system.wait_ready()
    seconds = time.perf_counter() - began
    await known(system, count)
    return seconds
