"""Ctrl-C and its relatives."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_requests(on_first: Callable[[], None], on_impatience: Callable[[], None]) -> Iterator[asyncio.Event]:
    """The event is set by the first request; a Ctrl-C after that is impatience.

    A second SIGTERM is not: `make` sends one after the terminal's own signal has already come.
    """
    asked = asyncio.Event()

    def on_signal(number: signal.Signals) -> None:
        if not asked.is_set():
            asked.set()
            on_first()
        elif number is signal.SIGINT:
            on_impatience()

    loop = asyncio.get_running_loop()
    for number in STOP:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield asked
    finally:
        for number in STOP:
            loop.remove_signal_handler(number)


async def run_until(asked: asyncio.Event, work: Coroutine[object, object, None]) -> None:
    """Run the work until it ends, fails (that is raised) or a stop is asked for (then it is cancelled)."""
    working = asyncio.create_task(work)
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        finished = working.done()
        working.cancel()
        waiting.cancel()
        await asyncio.wait({working, waiting})
    if finished:
        working.result()
