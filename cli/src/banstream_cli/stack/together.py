"""Several steps at the same time."""

import asyncio
from collections.abc import Coroutine

from banstream_cli.stack.errors import StackError


async def together(*steps: Coroutine[object, object, None]) -> None:
    """Run all; the first StackError ends the others and is raised as itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except* StackError as failed:
        raise first_of(failed) from None


def first_of(failed: BaseExceptionGroup[StackError]) -> StackError:
    """One of the errors, however deep the groups."""
    first = failed.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
