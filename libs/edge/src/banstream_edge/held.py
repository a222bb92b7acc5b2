"""A bucket of small documents, whole in memory: merged from its watch and from own writes, the higher position wins."""

from asyncio import Future, get_running_loop, timeout
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

from banstream_contracts.streams import POSITION_KEY
from banstream_edge.changes import Changes
from banstream_edge.coverage import Coverage


class Document(Protocol):
    """A pydantic model that says which log position made it."""

    @property
    def position(self) -> int:
        """Of the last event that touched it."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """See pydantic."""

    def model_dump_json(self) -> str:
        """See pydantic."""


Value = TypeVar("Value", bound=Document)


class Held(Generic[Value]):
    """The documents of one bucket by KV key. Kinds of document say how they are read, and what is kept of them."""

    words: Sequence[str] = ()
    """What copied entries are written with, beside themselves: nothing."""

    def __init__(self) -> None:
        self.changes = Changes()
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

    def keys(self) -> list[str]:
        """The key of every document, as of now."""
        return [*self._held]

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
            self._coverage.lose(key)
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
        if held is not None and (held.position > value.position or held == value):
            return
        self._coverage.forget(key)
        self._remove(key)
        self._held[key] = value
        self.put(key, value)
        self.changes.note(key)

    def copied(self, key: str) -> bytes | None:
        """A document as a copy keeps it; None where there is none."""
        held = self._held.get(key)
        return None if held is None else held.model_dump_json().encode()

    def adopt(self, _words: Sequence[str], entries: Mapping[str, bytes | None], _position: int) -> None:
        """Take entries of a copy, where nothing newer is known: whatever the watch brings is. Raises ValueError."""
        for key, value in entries.items():
            if self._coverage.is_lost(key) or (key in self._held and key not in self._coverage.copied):
                continue
            self._remove(key)
            if value is not None:
                self.apply_own(self.read(value).model_copy(update={"position": 0}))
                self._coverage.adopt(key)

    def disown(self) -> None:
        """Forget what was taken of a copy."""
        for key in [*self._coverage.copied]:
            self._coverage.forget(key)
            self._remove(key)

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
            self.changes.note(key)
