"""A task that is told to end does."""

import asyncio
from contextlib import suppress

import pytest

from banstream_runtime import tasks
from banstream_runtime.tasks import CancelledByNobody, ended, heed_cancellation, to_its_end


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


async def test_a_loop_in_a_group_ends_with_it_although_its_cancellation_was_lost() -> None:
    came: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def loops() -> None:
        while True:
            heed_cancellation()
            await asyncio.wait_for(came, 60)  # of Python 3.11: loses it
            await asyncio.sleep(0)

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loops())

    grouped = asyncio.create_task(group())
    await asyncio.sleep(0)  # the group has begun
    await asyncio.sleep(0)  # the loop waits
    grouped.cancel()
    await asyncio.sleep(0)  # the group cancels what is in it
    if not came.cancelled():  # newer ones hand it on
        came.set_result(None)
    ended_in_time, _ = await asyncio.wait([grouped], timeout=10)
    assert ended_in_time == {grouped}


async def test_a_cancellation_that_nobody_asked_for_is_a_fault_and_one_that_was_ends_the_task() -> None:
    async def awaits(what: "asyncio.Future[None]") -> None:
        await what

    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    lost.cancel()
    with pytest.raises(CancelledByNobody):
        await to_its_end(awaits(lost))

    task = asyncio.create_task(to_its_end(awaits(asyncio.get_running_loop().create_future())))
    await asyncio.sleep(0)
    await ended(task)
    assert task.cancelled()
