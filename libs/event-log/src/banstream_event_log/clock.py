"""Where the clock that events are recorded by was set back: from one such place to the next, time rises with position.

But for what is not noted, an hour at a time: whoever looks for a time looks a day further on either side.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from banstream_event_log.connections import Connection
from banstream_event_log.log import End
from banstream_event_log.statements import Statement

_NOTED = timedelta(hours=1)
_LEAST = timedelta(microseconds=1)
"""By which times differ at least that Postgres keeps."""
AROUND = timedelta(days=1)
"""By which time falls at most, all in all, from one such place to the next."""
Stretch = tuple[int, int]
"""From a position, and before one."""
_NOTE = """
    clock_set_back_noted as (
        insert into clock_set_back (position, before, after) values ($1::bigint, $2::timestamptz, $3::timestamptz)
    )
"""


class _SetBack(NamedTuple):
    """The first event behind it; when the one in front of it was recorded, and itself. Both ends of the log are two."""

    position: int
    before: datetime | None = None
    after: datetime | None = None


def noting(end: End, recorded_at: datetime) -> Sequence[Statement]:
    """To be written with what follows the end of the log."""
    if end.recorded_at is None or end.recorded_at - recorded_at <= _NOTED:
        return ()
    return [Statement(_NOTE, (end.position + 1, end.recorded_at, recorded_at))]


async def stretches(connection: Connection, since: datetime | None, until: datetime | None) -> list[Stretch]:
    """Where all is that was recorded from one time to before another; None is any time. The newest stretch first."""
    noted = await connection.fetch("select position, before, after from clock_set_back order by position")
    ends = [_SetBack(1), *(_SetBack(*row) for row in noted), _SetBack(await _head(connection) + 1)]
    found: list[Stretch] = []
    for first, behind in pairwise(ends):
        if _has_none(first, behind, since, until):
            continue
        begin, end = first.position, behind.position
        if since:
            begin = await _first(connection, begin, end, since - AROUND)
        if until:
            end = await _first(connection, begin, end, until + AROUND)
        if begin < end:
            found.append((begin, end))
    return found[::-1]


async def first_position(connection: Connection, recorded_at: datetime) -> int:
    """Where all is, at or behind it, that was recorded since; one behind the end where nothing was."""
    found = await stretches(connection, recorded_at, None)
    return found[-1][0] if found else await _head(connection) + 1


async def last_position(connection: Connection, moment: datetime) -> int:
    """The last event that was recorded until a moment; 0 where none was.

    The clock showed the moment between this event and the next. Where it was set back it did so more than once: the
    last of them counts, or one of them where that was less than is noted.
    """
    begin = await connection.fetchval("select max(position) from clock_set_back where after <= $1", moment)
    return await _first(connection, begin or 1, await _head(connection) + 1, moment + _LEAST) - 1


async def _head(connection: Connection) -> int:
    return int(await connection.fetchval("select coalesce(max(position), 0) from event_log"))


def _has_none(first: _SetBack, behind: _SetBack, since: datetime | None, until: datetime | None) -> bool:
    """Whether a stretch is of another time altogether, as most are where there are many."""
    is_earlier = since is not None and behind.before is not None and behind.before < since - AROUND
    is_later = until is not None and first.after is not None and first.after >= until + AROUND
    return is_earlier or is_later


async def _first(connection: Connection, low: int, high: int, recorded_at: datetime) -> int:
    """Where a stretch begins that was recorded since: positions have no gaps, so that it is found by halves."""
    while low < high:
        middle = (low + high) // 2
        found: datetime = await connection.fetchval("select recorded_at from event_log where position = $1", middle)
        if found < recorded_at:
            low = middle + 1
        else:
            high = middle
    return low
