"""The day of a line: the log writes times only, by the server's own clock, and nothing at midnight."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

DAY = 86_400
_SET_BACK = 8 * 3600
"""No clock is set back by more; an empty server writes nothing, often for more than half a day with midnight in it."""
_JITTER = 60
"""Lines of the same moment are written out of order; around midnight that is not another day."""

YEARS = range(1970, 2200)
"""Of what a log may say; beyond them a clock is broken, and near the ends of the calendar zones lead out of it."""

_FILE_TIMES = (
    re.compile(r"_([0-9]{4})-([0-9]{2})-([0-9]{2})_([0-9]{2})-([0-9]{2})-([0-9]{2})(?![0-9])"),
    re.compile(r"_([0-9]{4})_([0-9]{2})_([0-9]{2})_([0-9]{2})([0-9]{2})([0-9]{2})"),
    re.compile(r"_([0-9]{4})([0-9]{2})([0-9]{2})_([0-9]{2})([0-9]{2})([0-9]{2})(?![0-9])"),
)
_FILE_DATE = re.compile(r"_([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the log's clock stands: `moment` is the last line's, in seconds since 1970 on that clock.

    `is_begin`: it is when the log began, and no line is before that.
    """

    moment: int | None = None
    is_begin: bool = False

    def at(self, second_of_day: int) -> "Clock":
        """The clock at the next line. Raises ValueError where no day is known yet."""
        if self.moment is None:
            raise ValueError("the day is not known")
        day, last = divmod(self.moment, DAY)
        if last - second_of_day > _SET_BACK:
            day += 1
        elif second_of_day >= DAY - _JITTER and last < _JITTER and not self.is_begin:
            day -= 1
        return Clock(day * DAY + second_of_day)


def moment_of(local: datetime) -> int:
    """A time without a zone as seconds since 1970 on its own clock."""
    return int(local.replace(tzinfo=UTC).timestamp())


def local_time(moment: int) -> datetime:
    """The reverse: a time without a zone."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)


def in_zone(moment: int, zone: tzinfo) -> datetime:
    """A moment of the log's clock as a time of the world; of an hour that comes twice, the first."""
    return local_time(moment).replace(tzinfo=zone)


def start_of(file_name: str) -> datetime | None:
    """When a log begins by its name (`…_2026-08-25_21-03-13.ADM`, `…_2026_08_25_210313123.ADM`), without a zone."""
    for form in _FILE_TIMES:
        if match := form.search(file_name):
            return _datetime(*map(int, match.groups()))
    match = _FILE_DATE.search(file_name)
    return _datetime(*map(int, match.groups())) if match else None


def _datetime(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        found = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the log knows no zone
    except ValueError:
        return None
    return found if year in YEARS else None
