"""That the wall has changed: a number that grows at once, and a bell for who waits.

Changes that come close together ring once: a wave of bans is not a wave of questions.
"""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from banstream_console.problems.exceptions import Full

SHORTEST_PAUSE_SECONDS = 0.5


class Pulse:
    """Uses the running loop; `close` wakes everybody for good."""

    def __init__(self, most: int) -> None:
        self.is_closing = False
        self.followers = 0
        self._most = most
        self._process = secrets.token_hex(4)
        self._number = 0
        self._bell = asyncio.Event()
        self._rung_at = float("-inf")
        self._ringing: asyncio.TimerHandle | None = None
        self._due: dict[int, asyncio.TimerHandle] = {}

    @property
    def version(self) -> str:
        """Differs between two moments when something may have changed between them."""
        return f"{self._process}-{self._number}"

    def change(self) -> None:
        """Something has changed: ring now, or as soon as the pause since the last time is over."""
        self._number += 1
        if self._ringing is None:
            loop = asyncio.get_running_loop()
            self._ringing = loop.call_at(max(loop.time(), self._rung_at + SHORTEST_PAUSE_SECONDS), self._ring)

    def change_in(self, seconds: float) -> None:
        """Something will change then; to a second, so that a thousand changes are one."""
        loop = asyncio.get_running_loop()
        second = int(loop.time() + max(0.0, seconds)) + 1
        if second not in self._due:
            self._due[second] = loop.call_at(second, self._fall_due, second)

    def close(self) -> None:
        """Nobody follows any more."""
        self.is_closing = True
        for timer in (*self._due.values(), *([self._ringing] if self._ringing else [])):
            timer.cancel()
        self._bell.set()

    async def changed_since(self, version: str, seconds: float) -> bool:
        """Wait until the version is another one, at most so long; returns whether it is."""
        bell = self._bell
        if version == self.version and not self.is_closing:
            try:
                async with asyncio.timeout(seconds):
                    await bell.wait()
            except TimeoutError:
                return False
        return version != self.version

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Of a follower, while the block runs. Raises Full."""
        if self.followers >= self._most:
            raise Full
        self.followers += 1
        try:
            yield
        finally:
            self.followers -= 1

    def _fall_due(self, second: int) -> None:
        del self._due[second]
        self.change()

    def _ring(self) -> None:
        self._ringing = None
        self._rung_at = asyncio.get_running_loop().time()
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
