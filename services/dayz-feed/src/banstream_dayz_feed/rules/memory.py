"""What rules remember: bounded, and the least recently touched is forgotten first."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

MOST = 10_000
"""Entries a rule remembers; a server has some hundred players a day."""


class Memory(Generic[T]):
    """A dictionary with an end, which can be kept as JSON."""

    def __init__(self, kind: type[T], most: int = MOST) -> None:
        self._adapter: TypeAdapter[dict[str, T]] = TypeAdapter(dict[str, kind])  # type: ignore[valid-type] # as given
        self._most = most
        self._entries: dict[str, T] = {}

    def get(self, key: str) -> T | None:
        """What is remembered, without touching it."""
        return self._entries.get(key)

    def keep(self, key: str, entry: T) -> T:
        """Remember, as the most recent."""
        self._entries.pop(key, None)
        self._entries[key] = entry
        if len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]
        return entry

    def of(self, key: str, make: Callable[[], T]) -> T:
        """What is remembered, or new; as the most recent."""
        entry = self._entries.get(key)
        return self.keep(key, make() if entry is None else entry)

    def forget(self, key: str) -> T | None:
        """Take an entry out."""
        return self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def __iter__(self) -> Iterator[str]:
        """The keys, the least recent first."""
        return iter(self._entries)

    def __len__(self) -> int:
        """How much is remembered."""
        return len(self._entries)

    def dump(self) -> object:
        """In types that JSON has."""
        return self._adapter.dump_python(self._entries, mode="json")

    def load(self, content: object) -> None:
        """What `dump` gave. Raises ValueError."""
        self._entries = self._adapter.validate_python(content)
