"""Read models made anew from a long log; `python -m bench.rebuilding` does it as a process of its own.

It prints as JSON how many seconds the rows alone take, how many the rebuild does, and its memory on the way, that of
all its processes together.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import uvloop

from banstream_event_log import log, postgres
from banstream_infractions import operations
from banstream_testing.system import System
from bench.bans import CHECKING_CONNECTIONS, CHECKS_PER_SECOND
from bench.checks import Request, load
from bench.history import History
from bench.lived import lived_log
from bench.processes import MEGABYTE, memory_of, with_descendants
from bench.report import Figure
from bench.sizes import sized

_URL = "BENCH_DATABASE_URL"
_STEADY = 0.3
"""Behind this part of the log every buffer has its size."""
_LOOK_SECONDS = 0.5


async def rebuilding(history: History) -> list[Figure]:
    """Events a second against reading the same rows; how memory grows; a log as lived; checks meanwhile."""
    seen = await _seen(history.system.admin_database_url)
    assert seen["position"] == history.head, seen
    rate, control = (history.head / seen[name] for name in ("seconds", "reading_seconds"))
    early = next(memory for position, memory in seen["memory"] if position >= history.head * _STEADY)
    late = max(memory for _, memory in seen["memory"])
    return [
        Figure(
            f"read models from {history.events:,} events",
            "/s",
            rate,
            control,
            goal=20_000,
            of_value=True,
            note="control: reading the rows alone, from first to last",
        ),
        Figure(
            "the same, growth of its memory",
            "MB",
            (late - early) / MEGABYTE,
            goal=10,
            at_most=True,
            note=f"from the first {_STEADY:.0%} of the events to the end; {late / MEGABYTE:.0f} MB at most,"
            " all processes together",
        ),
        *await _of_a_lived_log(history.system),
    ]


async def _of_a_lived_log(system: System) -> list[Figure]:
    async with lived_log(system.admin_database_url, sized(2000, 50_000, 200_000)) as url:
        seen = await _seen(url)
        rate, control = (seen["position"] / seen[name] for name in ("seconds", "reading_seconds"))
        note = "of each 10 infractions 3 lifted, 2 amended, 2 expired, 1 served, 1 with a request and a comment"
        what = f"read models from {seen['position']:,} events, as lived"
        meanwhile = [await _checks_meanwhile(system, url), await _checks_meanwhile(system, url, jobs=1)]
        return [Figure(what, "/s", rate, control, note=note), *meanwhile]


async def _checks_meanwhile(system: System, url: str, jobs: int | None = None) -> Figure:
    """p99 of checks while one rebuild follows the other, and before."""
    alone = await _p99(system)
    checking = asyncio.create_task(_p99(system))
    while not checking.done():
        await _ordered(system, url, *(["--jobs", str(jobs)] if jobs else []))
    what = "check while read models are made anew" + (f" by {jobs} job" if jobs else "")
    note = f"control: the same {CHECKS_PER_SECOND} checks/s with nothing beside them"
    return Figure(f"{what}, p99", "ms", await checking, alone, at_most=True, note=note)


async def _p99(system: System) -> float:
    path = "/v1/players/roblox/{}/restrictions"
    requests: list[Request] = [("GET", path.format(n), system.headers(), None) for n in range(1, 1000)]
    seconds = sized(1, 10, 20)
    seen = await load(system.url, requests, seconds, CHECKING_CONNECTIONS, rate=CHECKS_PER_SECOND)
    assert {*seen["statuses"]} == {"200"}, seen["statuses"]
    return float(seen["p99_ms"])


async def _ordered(system: System, url: str, *options: str) -> None:
    """A rebuild as an operator has it done."""
    environment = {**system.cli_environment(), "BANSTREAM_ADMIN_DATABASE_URL": url}
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "banstream_cli", "rebuild", "--log", "infractions", *options),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await command.wait() == 0, options


async def _seen(url: str) -> dict[str, Any]:
    """What a process of its own says."""
    environment = {**os.environ, _URL: url}
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.rebuilding"), env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await command.communicate()
    seen: dict[str, Any] = json.loads(out)
    return seen


async def main() -> None:
    url = os.environ[_URL]
    connection = await postgres.connect(url, search_path=operations.SCHEMA)
    began = time.perf_counter()
    async for _ in log.walk(connection):
        pass
    reading = time.perf_counter() - began
    await connection.close()
    memory: list[tuple[int, int]] = []
    looked_at = 0.0

    def progress(position: int, head: int) -> None:
        nonlocal looked_at
        if time.perf_counter() - looked_at > _LOOK_SECONDS or position == head:
            memory.append((position, sum(memory_of(with_descendants([os.getpid()])).values())))
            looked_at = time.perf_counter()

    began = time.perf_counter()
    position = await operations.rebuild(url, progress)
    seconds = time.perf_counter() - began
    json.dump({"position": position, "reading_seconds": reading, "seconds": seconds, "memory": memory}, sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
