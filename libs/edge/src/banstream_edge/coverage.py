"""How far a bucket has been seen, and what a watch that starts again has not named."""

from collections.abc import Set as AbstractSet


class Coverage:
    """The log position up to which every entry of a bucket is known, over restarts of its watch."""

    def __init__(self) -> None:
        self.position = 0
        self._again = 0
        self._seen: set[str] | None = None
        self._copied: set[str] = set()
        self._lost: set[str] | None = set()

    @property
    def is_behind(self) -> bool:
        """Whether the running pass knows less than an earlier one did.

        A bucket that was lost, or is being filled again, must not pass for one in which everybody was unbanned.
        """
        return self._seen is not None and self._again < self.position

    def begin(self, *, empty: bool) -> None:
        """A pass over the whole bucket starts; nothing has to be remembered where nothing can vanish."""
        self._again = self.position if empty else 0
        self._seen = None if empty else set()

    def see(self, key: str) -> None:
        """The pass has named a key."""
        if self._seen is not None:
            self._seen.add(key)
        self._copied.discard(key)

    def adopt(self, key: str) -> None:
        """A key is known from a copy alone, until a pass names it."""
        self._copied.add(key)

    def forget(self, key: str) -> None:
        """A key is known from a copy alone no more."""
        self._copied.discard(key)

    def lose(self, key: str) -> None:
        """A key is said to be gone; no copy is newer than that."""
        self._copied.discard(key)
        if self._lost is not None:
            self._lost.add(key)

    def is_lost(self, key: str) -> bool:
        """Whether a key was said to be gone before the end of the first pass."""
        return self._lost is not None and key in self._lost

    @property
    def copied(self) -> AbstractSet[str]:
        """The keys that are known from a copy alone."""
        return self._copied

    def advance(self, position: int) -> bool:
        """The watch has reached a position; whether that is news."""
        self._again = max(self._again, position)
        is_news = position > self.position
        self.position = max(self.position, position)
        return is_news

    def vanished(self, keys: AbstractSet[str]) -> AbstractSet[str]:
        """End the pass: those of the keys it has not named."""
        (seen, self._seen), (copied, self._copied) = (self._seen, None), (self._copied, set())
        self._lost = None
        return keys - seen if seen is not None else keys & copied
