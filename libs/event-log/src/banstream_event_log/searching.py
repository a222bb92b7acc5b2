"""Events of the log by what they are, who did them and whom they are about, newest first.

Whatever is asked for, no more than `WINDOW` rows are looked at: a page that ends early says how far it has come.
Positions lead near a time only, as a clock that was set back says some of it twice; each row says what belongs to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import Connection, logged_event

WINDOW = 10_000

_LAST = 2**63 - 1
_SET_BACK = timedelta(days=1)
"""By which a clock was set back at most where a search for a time finds all of it."""
_BEGINNING = datetime.min.replace(tzinfo=UTC) + _SET_BACK
_END = datetime.max.replace(tzinfo=UTC) - _SET_BACK
_THEN = "recorded_at >= $3 and recorded_at < $4"
_BETWEEN = f"position >= $1 and position < $2 and {_THEN}"
# Rows are compared whole, so that one index alone fits: by `type = …` and the newest first, a database that takes the
# type for frequent walks the log from its end, a million rows for one that is rare.
_OF_TYPES = f"""
    select event.* from unnest($6::text[]) as wanted cross join lateral (
        select * from event_log where (type, position) >= (wanted, $1) and (type, position) < (wanted, $2) and {_THEN}
        order by type desc, position desc limit $5
    ) as event order by position desc limit $5
"""
_OF_ACTOR = f"""
    select {{what}} from event_log
    where (actor ->> 'id', position) >= ($6, $1) and (actor ->> 'id', position) < ($6, $2) and {_THEN}
    order by actor ->> 'id' desc, position desc limit $5
"""
_OF_PLAYER = f"""
    select {{what}} from (
        (select {{what}} from event_log where {_BETWEEN} and stream = $6 order by version desc limit $5)
        union all
        (select {{what}} from event_log where {_BETWEEN} and stream not like 'player:%'
            and data #>> '{{{{player,service}}}}' = $7 and data #>> '{{{{player,id}}}}' = $8
            order by position desc limit $5)
    ) as either order by position desc limit $5
"""
_ALL = f"select * from event_log where {_BETWEEN} order by position desc limit $5"


_Bounds: TypeAlias = tuple[int, int, datetime, datetime]
"""From a position, and before one; from a time, and before one."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, before a position. `types` None are all; `player` is its service and its id.

    `since` and `until` are about when an event was recorded.
    """

    types: Sequence[str] | None = None
    actor: str | None = None
    player: tuple[str, str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Events as they are kept; `next` is where to go on, None at the end of what there is."""

    events: list[LoggedEvent] = field(default_factory=list)
    next: int | None = None


async def search(connection: Connection, wanted: Search, limit: int) -> Found:
    """A page of at most `limit` events, the last recorded first."""
    bounds = await _bounds(connection, wanted)
    if wanted.player or wanted.actor is not None:
        return await _near(connection, wanted, bounds, limit)
    if wanted.types is None:
        rows = await connection.fetch(_ALL, *bounds, limit + 1)
    else:
        rows = await connection.fetch(_OF_TYPES, *bounds, limit + 1, wanted.types)
    return _page([logged_event(row) for row in rows], limit, None)


async def _bounds(connection: Connection, wanted: Search) -> _Bounds:
    since, until = max(wanted.since or _BEGINNING, _BEGINNING), min(wanted.until or _END, _END)
    begin = await first_position(connection, since - _SET_BACK) if wanted.since else 1
    end = await first_position(connection, until + _SET_BACK) if wanted.until else _LAST
    return begin, end if wanted.before is None else min(end, wanted.before), since, until


async def first_position(connection: Connection, recorded_at: datetime) -> int:
    """Where the log begins that was recorded since: positions have no gaps, so that it is found by halves.

    Exact where no clock was set back.
    """
    low, high = 1, 1 + int(await connection.fetchval("select coalesce(max(position), 0) from event_log"))
    while low < high:
        middle = (low + high) // 2
        found: datetime = await connection.fetchval("select recorded_at from event_log where position = $1", middle)
        if found < recorded_at:
            low = middle + 1
        else:
            high = middle
    return low


async def _near(connection: Connection, wanted: Search, bounds: _Bounds, limit: int) -> Found:
    """By the index that leads to the fewest rows, and the rest of the wish among the newest of those."""
    near, named = _OF_ACTOR, [str(wanted.actor)]
    if wanted.player:
        service, player_id = wanted.player
        near, named = _OF_PLAYER, [f"player:{service}:{player_id}", service, player_id]
    values = (*bounds, WINDOW, *named)
    rows = await connection.fetch(_filtered(near, len(values)), *values, wanted.types, wanted.actor, limit + 1)
    reached = None
    if len(rows) <= limit:
        counted = f"select count(*) as number, min(position) as last from ({near.format(what='position')}) as near"
        looked_at = await connection.fetchrow(counted, *values)
        reached = looked_at["last"] if looked_at and looked_at["number"] >= WINDOW else None
    return _page([logged_event(row) for row in rows], limit, reached)


def _filtered(near: str, used: int) -> str:
    types, actor, limit = used + 1, used + 2, used + 3
    return (
        f"select * from ({near.format(what='*')}) as near"
        f" where (${types}::text[] is null or type = any(${types}))"
        f" and (${actor}::text is null or actor ->> 'id' = ${actor})"
        f" order by position desc limit ${limit}"
    )


def _page(events: list[LoggedEvent], limit: int, reached: int | None) -> Found:
    shown = events[:limit]
    return Found(shown, shown[-1].position if len(events) > limit else reached)
