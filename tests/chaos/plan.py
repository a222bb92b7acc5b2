"""What is broken when: pure, so that a seed says it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

NATS = "nats"
FIRST_SECONDS = 2.0
QUIET_SECONDS = 1.0
"""Before the end everything is mended."""
_PAUSE_BETWEEN = 0.5, 5.0
"""Between two beginnings, so that about every other fault meets another one."""


class Kind(StrEnum):
    """What is done to a target."""

    KILL = "kill -9"
    PAUSE = "SIGSTOP"
    DELAY = "delay"
    CUT = "cut"
    BLACK_HOLE = "black hole"
    FULL_DISK = "full disk"
    CLOCK_FORWARD = "clock +1 h"
    CLOCK_BACK = "clock -1 h"
    START_ALONE = "start without NATS"


_LASTING = 1.5, 6.0
_LASTING_OF = {Kind.START_ALONE: (12.0, 18.0)}
"""A start takes some seconds of it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault from `at` on, for some `seconds`."""

    at: float
    seconds: float
    kind: Kind
    target: str

    def __str__(self) -> str:
        """As it is told while it runs."""
        return f"{self.at:6.1f} s  {self.kind} of {self.target} for {self.seconds:.1f} s"


def plan(seed: int, seconds: float, targets: Mapping[Kind, Sequence[str]]) -> list[Planned]:
    """Faults within so many seconds, in order.

    Every pair of a kind and a target comes once before any comes again, and none on a process that is still broken.
    """
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    deck: list[tuple[Kind, str]] = []
    planned: list[Planned] = []
    at = FIRST_SECONDS
    while True:
        if not deck:
            deck = sorted((kind, target) for kind, names in targets.items() for target in names)
            random.shuffle(deck)
        broken = {
            name for each in planned if each.at + each.seconds >= at for name in broken_by(each.kind, each.target)
        }
        chosen = next((pair for pair in deck if not broken & broken_by(*pair)), None)
        shortest, longest = _LASTING_OF.get(chosen[0], _LASTING) if chosen else _LASTING
        lasting = round(random.uniform(shortest, longest), 1)
        if not deck or at + lasting > seconds - QUIET_SECONDS:
            return planned
        if chosen is not None:
            deck.remove(chosen)
            planned.append(Planned(at, lasting, *chosen))
        at = round(at + random.uniform(*_PAUSE_BETWEEN), 1)


def broken_by(kind: Kind, target: str) -> set[str]:
    """The processes that a fault concerns: of a connection the one before the arrow."""
    process = target.partition(" → ")[0]
    return {process, NATS} if kind is Kind.START_ALONE else {process}
