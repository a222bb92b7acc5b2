"""How long a server may be silent."""

import asyncio
from collections.abc import Callable


class Patience:
    """Ends a connection that has been silent for too long: whatever waits for an answer fails then, a goodbye too."""

    def __init__(self, seconds: float, give_up: Callable[[], None]) -> None:
        self.is_over = False
        self._seconds = seconds
        self._give_up = give_up
        self._ending = asyncio.get_running_loop().call_later(seconds, self._end)

    def renew(self) -> None:
        """The server has answered: the next answer may take as long again."""
        self.stop()
        self._ending = asyncio.get_running_loop().call_later(self._seconds, self._end)

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self._ending.cancel()

    def _end(self) -> None:
        self.is_over = True
        self._give_up()
