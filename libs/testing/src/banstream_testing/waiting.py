"""Waiting for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECONDS = 0.01


async def eventually(condition: Callable[[], Awaitable[T | None]], timeout_seconds: float = 60.0) -> T:
    """Ask again and again until the answer is true; raises AssertionError with the last answer."""
    deadline = time.monotonic() + timeout_seconds
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"still {answer!r} after {timeout_seconds} s"
        await asyncio.sleep(_PAUSE_SECONDS)
    return answer
