"""A gateway that starts beside others on their port: it lets them answer until it has loaded what it answers from."""

import asyncio
import socket
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
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CONNECT_SECONDS):
            family, kind, protocol, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
            with socket.socket(family, kind, protocol) as asking:
                asking.settimeout(0)
                await loop.sock_connect(asking, address)
                return True
    return False
