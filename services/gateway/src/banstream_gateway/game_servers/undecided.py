"""Whom game servers have asked for something that is not decided yet."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import InfractionCommand

LONGEST_SECONDS = 900.0
"""An outcome that never came, as its reply was lost: from then on what is in force counts again."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command, when it was sent, and the log position of what was known of its player then."""

    command_id: UUID
    at: float
    position: int


class Undecided:
    """The last command about each player or address, by its KV key, and about each infraction, in this process.

    A plugin does by itself what it asks for, and takes it back when it hears that nothing is in force.
    """

    def __init__(self, is_undecided: Callable[[UUID], bool], position_of: Callable[[str], int]) -> None:
        self._is_undecided = is_undecided
        self._position_of = position_of
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    def note(self, command: Command) -> None:
        """A command is about to be sent."""
        key = command.infraction_id if isinstance(command, InfractionCommand) else command.token
        self._asked.pop(key, None)
        self._asked[key] = _Asked(command.command_id, time.monotonic(), self._position_of(key))
        if len(self._asked) > _MOST:
            self._asked.popitem(last=False)

    def concerns(self, keys: Iterable[str]) -> bool:
        """Whether what is known of any of the keys, or infractions by id, may lack what was asked for."""
        return any(self._lacks(key) for key in keys if key in self._asked)

    def _lacks(self, key: str) -> bool:
        asked = self._asked[key]
        if self._position_of(key) != asked.position:
            del self._asked[key]
            return False
        return self._is_undecided(asked.command_id) and time.monotonic() - asked.at < LONGEST_SECONDS
