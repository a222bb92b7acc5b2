"""Hours of the week as a map of heat. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from banstream_contracts.search_queries import HourCount

WEEKDAYS, HOURS = 7, 24
LEVELS = 4
_LEFT, _TOP, _CELL, _STEP_Y = 44, 18, 24, 22
WIDTH, HEIGHT = _LEFT + HOURS * _CELL, _TOP + WEEKDAYS * _STEP_Y


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one day of the week. `level` goes from 0, none, to `LEVELS`, the most there is."""

    weekday: int
    hour: int
    bans: int
    level: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Every hour of the week, day by day; `top` is the most bans of one hour."""

    cells: tuple[Cell, ...]
    top: int

    def day(self, weekday: int) -> tuple[Cell, ...]:
        """The hours of one day."""
        return self.cells[weekday * HOURS : (weekday + 1) * HOURS]


def heat_of(counts: Iterable[HourCount]) -> Heat:
    """Where each cell is, and how hot."""
    bans = {(each.weekday, each.hour): each.bans for each in counts}
    top = max(bans.values(), default=0)
    return Heat(
        tuple(
            _cell(weekday, hour, bans.get((weekday, hour), 0), top)
            for weekday in range(WEEKDAYS)
            for hour in range(HOURS)
        ),
        top,
    )


def _cell(weekday: int, hour: int, bans: int, top: int) -> Cell:
    level = -(-bans * LEVELS // top) if bans else 0
    return Cell(weekday, hour, bans, level, _LEFT + hour * _CELL, _TOP + weekday * _STEP_Y)
