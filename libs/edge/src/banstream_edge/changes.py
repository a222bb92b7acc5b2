"""Which entries of a bucket have changed, for whoever keeps a copy of it."""


class Changes:
    """Keys, each once. None are kept until somebody follows."""

    def __init__(self) -> None:
        self._keys: set[str] | None = None

    def note(self, key: str) -> None:
        """An entry has changed, or is gone."""
        if self._keys is not None:
            self._keys.add(key)

    def follow(self) -> None:
        """Keep what changes from now on."""
        self._keys = set()

    def forget(self) -> None:
        """Keep nothing until somebody follows again."""
        self._keys = None

    def taken(self) -> list[str]:
        """What has changed since the last time."""
        if not self._keys:
            return []
        keys, self._keys = self._keys, set()
        return [*keys]
