"""Requests that come twice at once, from clients that cannot name their commands."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import Infraction

SECONDS = 10.0
"""A person who means it again needs longer; a client that sends again after a lost answer does not."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request became: its command, and the infraction once the command is decided."""

    command: Command
    infraction: Infraction | None = None


class Repeats:
    """Remembers requests for a few seconds, in this process."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, tuple[float, Sent]] = OrderedDict()

    def find(self, request: str) -> Sent | None:
        """What the same request became a moment ago."""
        at, sent = self._sent.get(request, (0.0, None))
        return sent if time.monotonic() - at < SECONDS else None

    def keep(self, request: str, sent: Sent) -> None:
        """Remember a request from its first time on."""
        now = time.monotonic()
        while self._sent and now - next(iter(self._sent.values()))[0] >= SECONDS:
            self._sent.popitem(last=False)
        at = self._sent[request][0] if request in self._sent else now
        self._sent[request] = at, sent

    def drop(self, request: str) -> None:
        """A request came to nothing: the next one is a new one."""
        self._sent.pop(request, None)

    def forget(self) -> None:
        """Something was taken back: whoever punishes again means it."""
        self._sent.clear()
