"""FastStream's application, which can also be stopped while it waits for what it starts with."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from faststream import ContextRepo, FastStream
from faststream.nats import NatsBroker

from banstream_runtime.tasks import ended

Begun = TypeVar("Begun")

Lifespan = Callable[[ContextRepo], AbstractAsyncContextManager[None]]


class Application(FastStream):
    """FastStream takes a signal to stop at any time, but looks for one only once its lifespan has begun."""

    def __init__(self, broker: NatsBroker, lifespan: Lifespan) -> None:
        super().__init__(broker, lifespan=lifespan, logger=None)
        self._stopped = asyncio.Event()

    def exit(self) -> None:
        """Stop as soon as may be."""
        super().exit()
        self._stopped.set()

    async def unless_stopped(self, beginning: Coroutine[Any, Any, Begun]) -> Begun | None:
        """What has begun; None where it shall not."""
        begun, stopped = asyncio.create_task(beginning), asyncio.create_task(self._stopped.wait())
        await asyncio.wait([begun, stopped], return_when=asyncio.FIRST_COMPLETED)
        await ended(stopped)
        if begun.done():
            return await begun
        await ended(begun)
        return None
