import asyncio
import os
import signal

import pytest

from banstream_cli.stack.stop_requests import stop_requests


async def heard(*numbers: signal.Signals) -> list[str]:
    """What is made of these signals; one more, which comes behind them, tells that all of them were handled."""
    said: list[str] = []
    loop, last = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, last.set)
    with stop_requests(lambda: said.append("stop"), lambda: said.append("kill")):
        for number in (*numbers, signal.SIGUSR1):
            os.kill(os.getpid(), number)
        await asyncio.wait_for(last.wait(), 60)
    loop.remove_signal_handler(signal.SIGUSR1)
    return said


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_second_interrupt_is_impatience(first: signal.Signals) -> None:
    assert await heard(first, signal.SIGINT) == ["stop", "kill"]


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP])
async def test_another_second_signal_leaves_it_its_time(second: signal.Signals) -> None:
    """`make` sends one after that of the terminal, and a database is not to be killed for it."""
    assert await heard(signal.SIGINT, second) == ["stop"]
