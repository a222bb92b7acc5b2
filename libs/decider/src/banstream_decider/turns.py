"""Work that one process of a service does at a time, beside deciding: under a lock of its own on the database.

The lock is a session lock of the connection on which the work writes things down: who loses it can begin nothing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

import asyncpg
import structlog
from faststream import Context, FastStream
from nats.aio.client import Client

from banstream_decider.leader import PASSING
from banstream_event_log import postgres
from banstream_runtime.tasks import ended

_RETRY_SECONDS = 0.5
_FIRST_PAUSE = 1.0
_MOST_DOUBLINGS = 16

logger = structlog.stdlib.get_logger(__name__)

Turn = Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[None]]
"""The work, on the connection that holds the lock."""


class Turns:
    """Waits for the lock, then works until something is lost, for ever. `name` is that of the lock."""

    def __init__(self, database_url: str, service: str, name: str, work: Turn) -> None:
        self._database_url = database_url
        self._application_name = f"banstream {service} {name}"
        self._lock = name
        self._work = work
        self._stopping = False
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def run(self) -> None:
        """Work whenever possible, until `stop` and then cancelled. Only a bug ends this otherwise."""
        while not self._stopping:
            try:
                await self._take_turn()
            except* PASSING as group:
                if not self._stopping:
                    logger.warning("turn_interrupted", errors=[repr(error) for error in group.exceptions])
                    await asyncio.sleep(_RETRY_SECONDS)

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled: what the cancelling breaks is then no fault."""
        self._stopping = True
        if self._connection:
            postgres.terminate_soon(self._connection)

    async def _take_turn(self) -> None:
        connection = await postgres.connect(self._database_url, application_name=self._application_name)
        self._connection = connection
        try:
            await postgres.hold(connection, self._lock)
            await self._work(connection)
        finally:
            connection.terminate()


class Work(Protocol):
    """What `alongside` runs."""

    async def run(self) -> None:
        """For ever."""

    def stop(self) -> None:
        """To be called before the task of `run` is cancelled."""


def alongside(running: FastStream, make_work: Callable[[Client], Work]) -> None:
    """Run work beside a service, from when queries are answered until before the connections it uses are closed."""
    begun: list[tuple[Work, asyncio.Task[None]]] = []

    @running.after_startup
    async def begin(client: Client = Context("client")) -> None:  # noqa: B008 - FastStream fills it
        work = make_work(client)
        begun.append((work, asyncio.create_task(_guarded(running, work))))

    @running.on_shutdown
    async def end() -> None:
        for work, task in begun:
            work.stop()
            await ended(task)


async def _guarded(running: FastStream, work: Work) -> None:
    """A bug in it ends the process, for its supervisor to start anew and say so."""
    try:
        await work.run()
    except Exception:
        logger.exception("work_broken")
        running.exit()
        raise


def pause_after(failures: int, longest: float) -> float:
    """Seconds: doubles with each failure up to the longest, half of it by chance, so that targets do not meet."""
    doubled = _FIRST_PAUSE * 2.0 ** min(max(failures - 1, 0), _MOST_DOUBLINGS)
    return min(doubled, longest) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
