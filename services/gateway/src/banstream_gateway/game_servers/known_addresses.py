"""Addresses in clear that a game server has told of its own players, for telling it of them again."""

from collections import OrderedDict
from time import monotonic

_MOST = 1024
_SECONDS = 900.0


class KnownAddresses:
    """Addresses by server and key, in this process's memory alone, for as long as a server counts as online.

    EVENTS carry an address as a keyed hash only (invariant 8): a server that did not name an address itself is never
    told it.
    """

    def __init__(self) -> None:
        self._by_server: dict[str, OrderedDict[str, tuple[str, float]]] = {}

    def remember(self, server_id: str, key: str, ip: str) -> None:
        """A server has named an address, whose key is given."""
        known = self._by_server.setdefault(server_id, OrderedDict())
        known[key] = ip, monotonic()
        known.move_to_end(key)
        while len(known) > _MOST or next(iter(known.values()))[1] < monotonic() - _SECONDS:
            known.popitem(last=False)

    def find(self, server_id: str, key: str) -> str | None:
        """The address of a key, if this server has named it lately."""
        known = self._by_server.get(server_id)
        ip, at = (known and known.get(key)) or (None, 0.0)
        return ip if monotonic() - at <= _SECONDS else None
