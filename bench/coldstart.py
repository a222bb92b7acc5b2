"""A gateway that starts with very many restrictions to load, and what they take of its memory."""

import asyncio
import time
from datetime import UTC, datetime

from banstream_contracts import streams
from banstream_contracts.infractions import Lifetime, Punishment, Restriction, Scope, Standing
from banstream_contracts.players import Player
from banstream_infractions.buckets import Bucket
from banstream_runtime.connection import connect
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually
from bench.processes import MEGABYTE, resident_bytes
from bench.report import Figure
from bench.sizes import sized

PAGE = 5000
SECONDS_FOR_ALL = 600.0
FIRST_POSITION = 1_000_000
"""Beyond what the system's own credentials are at."""


async def measure() -> list[Figure]:
    """Half of them are there at the first start, the others come while it runs; then it starts again with all."""
    count = sized(2000, 200_000, 1_000_000)
    async with running_system() as system:
        system.infractions.kill()  # a bucket has one writer
        await fill(system, 0, count // 2)
        await started(system, count // 2)
        half = resident_bytes(system.gateways[0].service.pid)
        await fill(system, count // 2, count)
        await reached(system, count)
        grown = resident_bytes(system.gateways[0].service.pid)
        seconds = await started(system, count)
        resident = resident_bytes(system.gateways[0].service.pid)
    each = (grown - half) / (count - count // 2)
    what = f"gateway with {count:,} restrictions"
    note = "from the start of the process to 200 of /readyz; the goals are those of 1,000,000 (--large)"
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


async def fill(system: System, first: int, behind: int) -> None:
    """Write entries as the relay does, each of a player of its own."""
    client = await connect(system.nats.settings(), "bench", timeout_seconds=30)
    try:
        bucket = Bucket(client.jetstream(), streams.RESTRICTIONS_BUCKET)
        await bucket.resume()
        for start in range(first, behind, PAGE):
            numbers = range(start, min(start + PAGE, behind))
            await bucket.write([(*entry(number), {}) for number in numbers], FIRST_POSITION + numbers[-1] + 1)
    finally:
        await client.close()


def entry(number: int) -> tuple[str, bytes]:
    """The key and the value of one banned player."""
    restriction = Restriction(
        infraction_id=f"01948f6e{number:016x}",
        punishments=(Punishment.BAN,),
        lifetime=Lifetime.TIMED,
        reason=f"seen by staff, case {number}",
        scope=Scope.GLOBAL,
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        issuer_name="moderator",
    )
    standing = Standing(position=FIRST_POSITION + number + 1, restrictions=(restriction,))
    return (
        Player(service="roblox", id=str(1_000_000 + number)).token,
        standing.model_dump_json(exclude_none=True).encode(),
    )


async def started(system: System, count: int) -> float:
    """Start the gateway anew; seconds until it is ready."""
    gateway = system.gateways[0]
    gateway.service.kill()
    began = time.perf_counter()
    gateway.service.start()
    await system.wait_ready()
    seconds = time.perf_counter() - began
    await reached(system, count)
    return seconds


async def reached(system: System, count: int) -> None:
    """Until the gateway knows so many; asks seldom, as its answers cost what is measured."""
    url = f"{system.url}/readyz"

    async def knows() -> bool:
        await asyncio.sleep(0.2)
        async with system.http.get(url) as answer:
            return bool((await answer.json())["position"] >= FIRST_POSITION + count)

    await eventually(knows, SECONDS_FOR_ALL)
