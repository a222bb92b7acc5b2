"""Ending tasks for certain."""

import asyncio
from contextlib import suppress
from typing import Any

_AGAIN_SECONDS = 1.0


async def ended(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended; raises what it ended with, a cancellation apart.

    `asyncio.wait_for` of Python 3.11, which libraries use, loses a cancellation that comes in the same moment as what
    it waits for: cancelled once, such a task would go on for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_AGAIN_SECONDS)
    with suppress(asyncio.CancelledError):
        task.result()
