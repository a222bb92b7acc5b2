"""A bucket of small documents, whole in memory: merged from its watch and from own writes, the higher position wins."""

from asyncio import Future, get_running_loop, timeout
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from banstream_contracts.streams import POSITION_KEY
from banstream_edge.coverage import Coverage


class Positioned(Protocol):
    """A document that says which log position made it."""

    @property
    def position(self) -> int:
        """Of the last event that touched it."""


Value = TypeVar("Value", bound=Positioned)


class Held(Generic[Value]):
    """The documents of one bucket by KV key. Kinds of document say how they are read, and what is kept of them."""

    def __init__(self) -> None:
        self._coverage = Coverage()
        self._held: dict[str, Value] = {}
        self._waiting: dict[Future[None], int] = {}

    def read(self, value: bytes) -> Value:
        """A document as it is written. Raises ValueError."""
        raise NotImplementedError

    def key_of(self, value: Value) -> str:
        """Where a document is kept."""
        raise NotImplementedError

    def put(self, key: str, value: Value) -> None:
        """Index a document; there is none with its key."""

    def drop(self, key: str, value: Value) -> None:
        """Take a document out of the index."""

    @property
    def position(self) -> int:
        """The log position that the watch has reached."""
        return self._coverage.position

    @property
    def is_behind(self) -> bool:
        """Whether the running pass of the watch knows less than an earlier one did."""
        return self._coverage.is_behind

    def __len__(self) -> int:
        """How many documents, ended ones included."""
        return len(self._held)

    def __iter__(self) -> Iterator[Value]:
        """Every document, ended ones included."""
        return iter([*self._held.values()])

    def get(self, key: str) -> Value | None:
        """The document of a key."""
        return self._held.get(key)

    def begin(self) -> None:
        """The watch starts again from the beginning; what it does not name until `complete` is gone."""
        self._coverage.begin(empty=not self._held)

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one entry of the watch; None is a deletion. Raises ValueError."""
        if key == POSITION_KEY:
            self._advance(int(value or b"0"))
        elif value is None:
            self._remove(key)
        else:
            self._coverage.see(key)
            self.apply_own(self.read(value))

    def complete(self) -> None:
        """Everything of the bucket has been seen. What is gone there goes here, save what is ahead of it."""
        for key in self._coverage.vanished(self._held.keys()):
            if self._held[key].position <= self.position:
                self._remove(key)

    def apply_own(self, value: Value) -> None:
        """Take a document as the watch or a command of this process has left it."""
        key = self.key_of(value)
        held = self._held.get(key)
        if held is not None and held.position > value.position:
            return
        self._remove(key)
        self._held[key] = value
        self.put(key, value)

    async def wait_for(self, position: int, seconds: float) -> None:
        """Wait until the watch has reached a position, or for as long as that."""
        if self.position >= position:
            return
        reached: Future[None] = get_running_loop().create_future()
        self._waiting[reached] = position
        try:
            async with timeout(seconds):
                await reached
        except TimeoutError:
            return
        finally:
            del self._waiting[reached]

    def _advance(self, position: int) -> None:
        if not self._coverage.advance(position):
            return
        for reached, needed in self._waiting.items():
            if needed <= position and not reached.done():
                reached.set_result(None)

    def _remove(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self.drop(key, held)
