"""Ending tasks for certain.

`asyncio.wait_for` of Python 3.11, which nats-py uses, loses a cancellation that comes in the same moment as what it
waits for. A task that was cancelled then goes on for ever, and a task group that waits for it cancels it only once.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

_AGAIN_SECONDS = 1.0


class CancelledByNobody(Exception):
    """A task awaited something that was cancelled by itself: nobody wanted the task to end."""


async def ended(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended; raises what it ended with, a cancellation apart."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_AGAIN_SECONDS)
    with suppress(asyncio.CancelledError):
        task.result()


async def to_its_end(work: Awaitable[None]) -> None:
    """Work for a task group, which takes a cancellation of any kind for an end. Raises CancelledByNobody."""
    try:
        await work
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        raise CancelledByNobody from error


def heed_cancellation() -> None:
    """Raise the cancellation that was lost on its way; to be called in every turn of a loop that has no end."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
