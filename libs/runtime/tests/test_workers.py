"""One task for each thing, as it is: what changes gets another, once the first has ended, and nobody waits for it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from banstream_runtime.workers import Workers


class Things:
    """Work that notes what happens to it, and ends when it may."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.may_end: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def work(self, key: str) -> None:
        self.begun.append(key)
        try:
            await asyncio.Event().wait()
        finally:
            await self.may_end[key].wait()
            self.ended.append(key)


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
async def workers(things: Things) -> AsyncIterator[Workers]:
    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as tasks:
            yield Workers(tasks)
            for each in things.begun:
                things.may_end[each].set()
            for task in tasks._tasks:  # noqa: SLF001 - the group has no public way to end
                task.cancel()


async def settled() -> None:
    """Whatever can go on has."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_each_thing_gets_one_task_however_often_it_is_named(things: Things, workers: Workers) -> None:
    for _ in range(3):
        workers.suit({"a": 1, "b": 1}, things.work)
        await settled()
    assert things.begun == ["a", "b"]
    assert workers.ids == {"a", "b"}


async def test_what_changes_gets_another_task_once_the_first_has_ended(things: Things, workers: Workers) -> None:
    workers.suit({"a": 1, "b": 1}, things.work)
    await settled()
    workers.suit({"a": 2, "b": 1, "c": 1}, things.work)
    await settled()
    workers.suit({"a": 2, "b": 1, "c": 1}, things.work)
    await settled()
    assert things.begun == ["a", "b", "c"], "nobody waits for what ends, and it gets no other before"
    assert workers.is_ending
    things.may_end["a"].set()
    await settled()
    workers.suit({"a": 2, "b": 1, "c": 1}, things.work)
    await settled()
    assert things.begun == ["a", "b", "c", "a"]
    assert not workers.is_ending


async def test_what_is_gone_is_held_until_it_has_ended(things: Things, workers: Workers) -> None:
    workers.suit({"a": 1}, things.work)
    await settled()
    workers.suit({}, things.work)
    await settled()
    assert workers.ids == {"a"}
    things.may_end["a"].set()
    await settled()
    workers.suit({}, things.work)
    assert workers.ids == frozenset()


async def test_what_changes_back_while_it_ends_begins_anew(things: Things, workers: Workers) -> None:
    workers.suit({"a": 1}, things.work)
    await settled()
    workers.suit({}, things.work)
    things.may_end["a"].set()
    await settled()
    workers.suit({"a": 1}, things.work)
    await settled()
    assert things.begun == ["a", "a"]


async def test_work_that_ended_by_itself_begins_again_only_in_another_version(workers: Workers) -> None:
    begun: list[int] = []

    async def work(_key: str) -> None:
        begun.append(len(begun))

    for version in (1, 1, 2):
        workers.suit({"a": version}, work)
        await settled()
    assert begun == [0, 1]
