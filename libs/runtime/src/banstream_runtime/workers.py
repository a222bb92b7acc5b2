"""Tasks that run for things that come, change and go: one task for each thing, as it is."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class _Running:
    """A task, and the version of the thing that it was made for. One that ends may still finish a request."""

    version: int
    task: "asyncio.Task[None]"
    is_ending: bool = False


class Workers:
    """Of one term, in its task group. Nobody waits for a task that is to end, but its thing gets no other before."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._running: dict[str, _Running] = {}

    @property
    def ids(self) -> frozenset[str]:
        """Of the things that have a task, or had one that ended by itself."""
        return frozenset(self._running)

    @property
    def is_ending(self) -> bool:
        """Whether something is still to end: until then what it was changed to is not begun."""
        return any(each.is_ending for each in self._running.values())

    def suit(self, versions: Mapping[str, int], work: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        """Things by id, in their versions: end the tasks of what is gone or is another version, begin what has none.

        To be called again and again. Work that ended by itself is not begun again in the same version.
        """
        for key, running in list(self._running.items()):
            if versions.get(key) == running.version and not running.is_ending:
                continue
            if running.task.done():
                del self._running[key]
            elif not running.is_ending:
                running.is_ending = True
                running.task.cancel()
        for key, version in versions.items():
            if key not in self._running:
                self._running[key] = _Running(version, self._tasks.create_task(work(key)))
