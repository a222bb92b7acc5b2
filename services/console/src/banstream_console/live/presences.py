"""The last beat of every game server, in memory."""

from datetime import datetime

from banstream_contracts.presence import ServerPresence
from banstream_contracts.streams import PRESENCE_SECONDS


class Presences:
    """The sink of the bucket's watch."""

    is_behind = False

    def __init__(self) -> None:
        self._held: dict[str, ServerPresence] = {}
        self._seen: set[str] = set()

    def online(self, now: datetime) -> dict[str, ServerPresence]:
        """By the server's id; without those whose last beat is too long ago."""
        return {
            server_id: presence
            for server_id, presence in self._held.items()
            if (now - presence.beat_at).total_seconds() < PRESENCE_SECONDS
        }

    def begin(self) -> None:
        """See the watch's Sink."""
        self._seen = set()

    def apply(self, key: str, value: bytes | None) -> None:
        """See the watch's Sink. Raises ValueError."""
        if value is None:
            self._held.pop(key, None)
            return
        self._held[key] = ServerPresence.model_validate_json(value)
        self._seen.add(key)

    def complete(self) -> None:
        """See the watch's Sink: what the bucket does not name is over."""
        for key in self._held.keys() - self._seen:
            del self._held[key]
