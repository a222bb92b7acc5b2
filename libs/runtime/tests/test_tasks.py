"""A task that is told to end does."""

import asyncio
from contextlib import suppress

import pytest

from banstream_runtime import tasks
from banstream_runtime.tasks import ended


async def test_a_task_that_loses_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    begun = asyncio.Event()

    async def loses_one() -> None:
        with suppress(asyncio.CancelledError):
            begun.set()
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(loses_one())
    await begun.wait()
    await ended(task)
    assert task.cancelled()


async def test_what_a_task_ended_with_is_raised() -> None:
    async def breaks() -> None:
        raise LookupError

    task = asyncio.create_task(breaks())
    await asyncio.wait([task])
    with pytest.raises(LookupError):
        await ended(task)
