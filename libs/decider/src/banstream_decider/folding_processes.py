"""New tables filled by several processes, each with some of the streams: an entity never leaves its stream.

A process gets its order on stdin, as it holds a password, and says on stdout how many events it has folded, or why
it cannot. It ends when its stdin does, so none outlives who started it.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from threading import Thread
from typing import IO

import orjson
import uvloop

from banstream_decider.folding import Filling, Reading, connected, folded, seldom_collecting
from banstream_event_log.log import Part

_NICENESS = 10
"""Checks and commands come first."""
_STDIN = 0
_MOST_TOLD = 200

Folded = Callable[[int], None]
"""Gets how many events are folded more."""


class FoldingFailed(Exception):
    """A process ended before it was done; says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one process is to do: the `number`th of so many parts, from 0, up to the position `until`."""

    dsn: str
    schema: str
    filling: str
    page: int
    until: int
    number: int
    of: int


async def fold(orders: Sequence[Order], progress: Folded) -> None:
    """Each in a process of its own. Raises FoldingFailed as soon as one fails; leaves none behind."""
    processes: list[Process] = []
    try:
        for order in orders:
            processes += [await _started(order)]  # one by one: those before are ended where one cannot be
        await _all_of([_followed(process, progress) for process in processes])
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                process.kill()
        for process in processes:
            await process.wait()


async def _started(order: Order) -> Process:
    command = (sys.executable, "-m", "banstream_decider.folding_processes")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    if process.stdin:
        process.stdin.write(orjson.dumps(asdict(order)) + b"\n")
    return process


async def _followed(process: Process, progress: Folded) -> None:
    told = ""
    while process.stdout and (read := await process.stdout.readline()):
        line = read.decode(errors="replace").strip()
        if line.isdecimal():
            progress(int(line))
        else:
            told = line
    if code := await process.wait():
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        raise FoldingFailed(f"a process that folds {how}{told and f': {told}'}")


async def _all_of(coroutines: Sequence[Coroutine[None, None, None]]) -> None:
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        for each in asyncio.as_completed(tasks):
            await each
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def main(stdin: IO[bytes]) -> int:
    """The process: returns its exit code."""
    order = Order(**orjson.loads(stdin.readline()))
    Thread(target=_end_with, args=[stdin], daemon=True).start()
    os.nice(_NICENESS)
    try:
        with seldom_collecting():
            uvloop.run(_carry_out(order))
    except Exception as error:  # noqa: BLE001 - whoever started it is told in a line, without what is personal
        first, *_ = str(error).splitlines() or [""]
        _tell(f"{type(error).__name__}: {first}"[:_MOST_TOLD])
        return 1
    return 0


async def _carry_out(order: Order) -> None:
    filling = filling_called(order.filling)
    reading = Reading(order.page, 0, order.until, Part(order.number, order.of))
    async with connected(order.dsn, order.schema) as connection, connected(order.dsn, order.schema) as reader:
        await filling.begin(connection)
        async with aclosing(folded(connection, reader, filling.apply, reading)) as pages:
            async for page in pages:
                _tell(str(len(page)))


def filling_called(name: str) -> Filling:
    """The constant that `Filling.name` is the name of."""
    module, _, constant = name.partition(":")
    found = getattr(import_module(module), constant)
    if not isinstance(found, Filling):
        raise TypeError(f"{name} is no Filling")
    return found


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _end_with(stdin: IO[bytes]) -> None:
    """Nothing more is ever said on it: its end is that of the process that would be told."""
    stdin.read(1)
    os._exit(1)


if __name__ == "__main__":
    with open(_STDIN, "rb", buffering=0, closefd=False) as unbuffered:
        sys.exit(main(unbuffered))
