"""Read models made anew from a long log; `python -m bench.rebuilding` does it as a process of its own.

It prints as JSON how many seconds the rows alone take, how many the rebuild does, and its memory on the way.
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
from bench.history import History
from bench.processes import MEGABYTE, resident_bytes
from bench.report import Figure

_URL = "BENCH_DATABASE_URL"
_STEADY = 0.3
"""Behind this part of the log every buffer has its size."""


async def rebuilding(history: History) -> list[Figure]:
    """Events a second against reading the same rows; how much memory grows from the first third to the end."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.rebuilding"),
        env={**os.environ, _URL: history.system.admin_database_url},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await command.communicate()
    seen: dict[str, Any] = json.loads(out)
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
            note=f"from the first {_STEADY:.0%} of the events to the end; {late / MEGABYTE:.0f} MB at most",
        ),
    ]


async def main() -> None:
    url = os.environ[_URL]
    connection = await postgres.connect(url, search_path=operations.SCHEMA)
    began = time.perf_counter()
    async for _ in log.walk(connection):
        pass
    reading = time.perf_counter() - began
    await connection.close()
    memory: list[tuple[int, int]] = []

    def progress(position: int, _head: int) -> None:
        memory.append((position, resident_bytes(os.getpid())))

    began = time.perf_counter()
    position = await operations.rebuild(url, progress)
    seconds = time.perf_counter() - began
    json.dump({"position": position, "reading_seconds": reading, "seconds": seconds, "memory": memory}, sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
