"""What the whole stack costs while nobody asks anything of it."""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from banstream_testing.servers import free_port
from banstream_testing.waiting import eventually
from bench.processes import MEGABYTE, memory_of, name_of, processor_seconds, with_descendants
from bench.report import Figure
from bench.sizes import sized


async def measure() -> list[Figure]:
    """`banstream up` as a user starts it: every process of it, NATS and Postgres too."""
    settling, seconds = sized(1, 10, 10), sized(2, 30, 60)
    async with stack() as pid:
        await asyncio.sleep(settling)  # the start is over by then
        pids = with_descendants([pid])
        before, began = used(pids), time.perf_counter()
        await asyncio.sleep(seconds)
        after, took = used(pids), time.perf_counter() - began
        memory = memory_of(with_descendants([pid]))
        largest = sorted(memory, key=lambda each: memory[each], reverse=True)[:4]
        names = ", ".join(f"{name_of(each)} {memory[each] / MEGABYTE:.0f} MB" for each in largest)
    busy = sum(after[each] - before[each] for each in after) / took * 100
    note = f"over {seconds} s, {settling} s after it was ready; {len(memory)} processes"
    return [
        Figure("the whole stack, idle", "% of a core", busy, goal=3, at_most=True, note=note),
        Figure(
            "the whole stack, idle, resident",
            "MB",
            sum(memory.values()) / MEGABYTE,
            goal=700,
            at_most=True,
            note=f"shared pages counted once; the largest: {names}",
        ),
    ]


def used(pids: list[int]) -> dict[int, float]:
    """Processor seconds of those that are still there."""
    found = {}
    for pid in pids:
        try:
            found[pid] = processor_seconds(pid)
        except OSError:
            continue
    return found


@asynccontextmanager
async def stack() -> AsyncIterator[int]:
    """The supervisor's process, once everything is ready."""
    with _folder() as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "BANSTREAM_DATA_DIR": str(folder / "data"),
            "BANSTREAM_HTTP_PORT": str(free_port()),
            "BANSTREAM_CONSOLE_PORT": str(free_port()),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "banstream_cli", "up"),
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        state = folder / "data" / "stack.json"

        async def ready() -> bool:
            assert process.returncode is None, f"banstream up ended with {process.returncode}"
            return state.exists() and bool(json.loads(state.read_text()).get("ready"))

        try:
            await eventually(ready, 120)
            yield process.pid
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()


@contextmanager
def _folder() -> Iterator[Path]:
    """One that Postgres may enter, which runs as another user where this one is root."""
    with tempfile.TemporaryDirectory(prefix="banstream-idle-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
