"""Token buckets: so many a second, and a burst. And places: so many at once."""

from collections import Counter

_MOST_KEYS = 10_000
"""Keys may come from outside (addresses): the oldest is forgotten, which only ever lets more through."""


class Rate:
    """One bucket per key."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, list[float]] = {}

    def take(self, key: str, now: float) -> float:
        """Take one; 0 when it was there, else the seconds until it will be. `now` is a monotonic clock."""
        bucket = self._buckets.get(key) or self._new(key, now)
        left = min(self._burst, bucket[0] + (now - bucket[1]) * self._per_second)
        bucket[1] = now
        if left < 1:
            bucket[0] = left
            return (1 - left) / self._per_second
        bucket[0] = left - 1
        return 0.0

    def _new(self, key: str, now: float) -> list[float]:
        if len(self._buckets) >= _MOST_KEYS:
            del self._buckets[next(iter(self._buckets))]
        bucket = self._buckets[key] = [self._burst, now]
        return bucket


class Places:
    """So many at once of each key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = Counter[str]()

    def take(self, key: str) -> bool:
        """Take one, to be left again; False where all are taken."""
        if self._taken[key] >= self._most:
            return False
        self._taken[key] += 1
        return True

    def leave(self, key: str) -> None:
        """Give back one that was taken."""
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
