"""A gateway that starts beside others on their port: it lets them answer until it has loaded what it answers from."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

_LOOK_SECONDS = 0.2
_CONNECT_SECONDS = 1.0


async def stand_back(host: str, port: int, may_answer: Callable[[], bool]) -> None:
    """Return when it may answer itself, or nobody else does any more.

    The system spreads connections over all who listen on a port, so some would be told to come again, at a time when
    somebody else could have answered.
    """
    while not may_answer() and await _is_answered(host, port):  # noqa: ASYNC110 - other processes
        await asyncio.sleep(_LOOK_SECONDS)


async def _is_answered(host: str, port: int) -> bool:
    """Whether anybody takes connections there; a port that the system shall choose is nobody's yet."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True
    return False
