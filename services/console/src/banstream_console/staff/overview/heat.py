"""Hours of the week as a map of heat, lying where there is room and standing where there is not. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from banstream_contracts.queries.search import HourCount

WEEKDAYS, HOURS = 7, 24
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one day of the week. `level` goes from 0, none, to `LEVELS`, the most there is."""

    weekday: int
    hour: int
    bans: int
    level: int


@dataclass(frozen=True, slots=True)
class Step:
    """One level of the key: how few and how many bans an hour of it has."""

    level: int
    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Every hour of the week, day by day; `top` is the most bans of one hour."""

    cells: tuple[Cell, ...]
    top: int

    def day(self, weekday: int) -> tuple[Cell, ...]:
        """The hours of one day."""
        return self.cells[weekday * HOURS : (weekday + 1) * HOURS]

    @property
    def key(self) -> tuple[Step, ...]:
        """The levels that a cell can have, none first."""
        bounds = [(level, self.top * (level - 1) // LEVELS + 1, self.top * level // LEVELS) for level in _STEPS]
        return Step(0, 0, 0), *(Step(*bound) for bound in bounds if bound[1] <= bound[2])


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a cell is, in units of the view box: hours along the width, or down the height."""

    stands: bool
    left: int
    top: int
    step_hour: int
    step_day: int

    @property
    def size(self) -> tuple[int, int]:
        """Of the whole map: width and height."""
        hours, days = HOURS * self.step_hour, WEEKDAYS * self.step_day
        return (self.left + days, self.top + hours) if self.stands else (self.left + hours, self.top + days)

    @property
    def cell(self) -> tuple[int, int]:
        """Of one cell, with a gap around it."""
        hour, day = self.step_hour - 2, self.step_day - 2
        return (day, hour) if self.stands else (hour, day)

    def place(self, weekday: int, hour: int) -> tuple[int, int]:
        """The upper left corner of a cell."""
        along_hours, along_days = hour * self.step_hour, weekday * self.step_day
        if self.stands:
            return self.left + along_days, self.top + along_hours
        return self.left + along_hours, self.top + along_days


LAYOUTS = (
    Layout(stands=False, left=44, top=18, step_hour=24, step_day=22),
    Layout(stands=True, left=26, top=18, step_hour=18, step_day=46),
)
"""For a wide place and for a narrow one, such as a phone: both show the whole week."""

_STEPS = range(1, LEVELS + 1)


def heat_of(counts: Iterable[HourCount]) -> Heat:
    """How hot each cell is."""
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
    return Cell(weekday, hour, bans, -(-bans * LEVELS // top) if bans else 0)
