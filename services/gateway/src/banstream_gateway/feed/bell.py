"""Clients that wait: woken together, each only by what concerns it, and not too many of them."""

from asyncio import Future, get_running_loop, timeout
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

from banstream_gateway.problems import Unavailable

TRANSPORTS = ("poll", "sse", "ws", "snapshot")

_AT_ONCE = 20
"""Clients woken between two turns of the event loop: join checks wait no longer than these take to be told."""

_LEFT_TO_OTHERS = 4
"""One seat in so many is out of a credential's reach: one key would else keep every other server from its feed."""


class Bell:
    """Wakes who waits as one server, or as none in particular; one future each, and nothing that looks at them."""

    def __init__(self) -> None:
        self._waiting: dict[str | None, set[Future[None]]] = {}
        self._woken: deque[Future[None]] = deque()

    def ring(self, server_id: str | None = None) -> None:
        """Wake one server's clients, or everybody."""
        if server_id is None:
            woken, self._waiting = [*self._waiting.values()], {}
        else:
            woken = [self._waiting.pop(server_id, set())]
        is_waking = bool(self._woken)
        self._woken.extend(each for waiting in woken for each in waiting)
        if self._woken and not is_waking:
            self._wake_some()

    async def wait(self, server_id: str | None, seconds: float) -> None:
        """Wait to be woken, or for as long as that."""
        woken: Future[None] = get_running_loop().create_future()
        self._waiting.setdefault(server_id, set()).add(woken)
        try:
            async with timeout(seconds):
                await woken
        except TimeoutError:
            self._leave(server_id, woken)
        except BaseException:
            self._leave(server_id, woken)
            raise

    def _wake_some(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._woken))):
            future = self._woken.popleft()
            if not future.done():
                future.set_result(None)
        if self._woken:
            get_running_loop().call_soon(self._wake_some)

    def _leave(self, server_id: str | None, woken: Future[None]) -> None:
        waiting = self._waiting.get(server_id)
        if waiting is not None:
            waiting.discard(woken)
            if not waiting:
                del self._waiting[server_id]


class Seats:
    """How many clients wait by which transport; at most `most`, and not all of them by one credential."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken: Counter[str] = Counter()
        self._held: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def seat(self, transport: str, credential_id: str, most: int | None = None) -> Iterator[None]:
        """A seat while the block runs, of at most so many for its transport. Raises Unavailable when none is free."""
        self._require(self.taken.total(), sum(self._held[credential_id, each] for each in TRANSPORTS), self._most)
        if most is not None:
            self._require(self.taken[transport], self._held[credential_id, transport], most)
        self.taken[transport] += 1
        self._held[credential_id, transport] += 1
        try:
            yield
        finally:
            self.taken[transport] -= 1
            self._held[credential_id, transport] -= 1

    @staticmethod
    def _require(taken: int, held: int, most: int) -> None:
        if taken >= most:
            raise Unavailable("Too many clients are waiting here.")
        if held >= most - most // _LEFT_TO_OTHERS:
            raise Unavailable("Too many clients with this credential are waiting here.")
