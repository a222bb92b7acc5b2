"""A gateway that starts with very many restrictions to load, and what they take of its memory."""

import time
from functools import partial

import aiohttp

from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually
from bench.processes import MEGABYTE, resident_bytes
from bench.report import Figure
from bench.restricted import fill, known
from bench.sizes import sized

COPY_NOTE = "without NATS, for which it waits 5 s first"


async def measure() -> list[Figure]:
    """Half of them are there at the first start, the others come while it runs; then it starts again with all.

    The last start is without NATS, from the copy that was written beside.
    """
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
        from_copy = await started_without_nats(system, count)
        resident_from_copy = resident_bytes(system.gateways[0].service.pid)
    each = (grown - half) / (count - count // 2)
    what = f"gateway with {count:,} restrictions"
    note = "from the start of the process to 200 of /readyz"
    return [
        Figure(f"{what}, cold start", "s", seconds, goal=10, at_most=True, note=note),
        Figure(f"{what}, cold start from its copy", "s", from_copy, goal=10, at_most=True, note=COPY_NOTE),
        Figure(f"{what}, resident", "MB", resident / MEGABYTE, goal=350, at_most=True),
        Figure(f"{what}, resident from its copy", "MB", resident_from_copy / MEGABYTE, goal=350, at_most=True),
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


async def started_without_nats(system: System, count: int) -> float:
    """Start the gateway anew with NATS away; seconds until it answers from its copy."""
    gateway = system.gateways[0]
    gateway.service.change({"BANSTREAM_COPY_DIR": str(system.folder / "copies")})
    await started(system, count)

    async def answers(path: str, text: str) -> bool:
        try:
            async with system.http.get(gateway.url + path) as answer:
                return answer.status == 200 and text in await answer.text()
        except aiohttp.ClientError:
            return False

    await eventually(partial(answers, "/metrics", "banstream_copies_kept 4.0"))
    gateway.service.kill()
    system.nats.kill()
    began = time.perf_counter()
    gateway.service.start()
    await eventually(partial(answers, "/readyz", "stale"))
    return time.perf_counter() - began
