"""Applications of FastStream that run inside a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream import FastStream


@asynccontextmanager
async def running(app: FastStream) -> AsyncIterator["asyncio.Task[None]"]:
    """The task that runs it; ends it, and raises what it raised."""
    task = asyncio.create_task(app.run())
    try:
        yield task
    finally:
        app.exit()
        await task
