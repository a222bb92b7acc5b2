"""Events of the log by what they are, who did them and whom they are about, newest first.

Whatever is asked for, no more than `WINDOW` rows are looked at: a page that ends early says how far it has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import Connection, logged_event

WINDOW = 10_000

_LAST = 2**63 - 1
# Rows are compared whole, so that one index alone fits: by `type = …` and the newest first, a database that takes the
# type for frequent walks the log from its end, a million rows for one that is rare.
_OF_TYPES = """
    select event.* from unnest($1::text[]) as wanted cross join lateral (
        select * from event_log where (type, position) >= (wanted, $2) and (type, position) < (wanted, $3)
        order by type desc, position desc limit $4
    ) as event order by position desc limit $4
"""
_OF_ACTOR = """
    select {what} from event_log where (actor ->> 'id', position) >= ($4, $1) and (actor ->> 'id', position) < ($4, $2)
    order by actor ->> 'id' desc, position desc limit $3
"""
_OF_PLAYER = """
    select {what} from (
        (select {what} from event_log where position >= $1 and position < $2 and stream = $4
            order by version desc limit $3)
        union all
        (select {what} from event_log where position >= $1 and position < $2 and stream not like 'player:%'
            and data #>> '{{player,service}}' = $5 and data #>> '{{player,id}}' = $6 order by position desc limit $3)
    ) as either order by position desc limit $3
"""
_ALL = "select * from event_log where position >= $1 and position < $2 order by position desc limit $3"


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
    begin = await first_position(connection, wanted.since) if wanted.since else 1
    end = await first_position(connection, wanted.until) if wanted.until else _LAST
    if wanted.before is not None:
        end = min(end, wanted.before)
    if wanted.player or wanted.actor is not None:
        return await _near(connection, wanted, begin, end, limit)
    if wanted.types is None:
        rows = await connection.fetch(_ALL, begin, end, limit + 1)
    else:
        rows = await connection.fetch(_OF_TYPES, wanted.types, begin, end, limit + 1)
    return _page([logged_event(row) for row in rows], limit, None)


async def first_position(connection: Connection, recorded_at: datetime) -> int:
    """Where the log begins that was recorded since: positions have no gaps, so that it is found by halves."""
    low, high = 1, 1 + int(await connection.fetchval("select coalesce(max(position), 0) from event_log"))
    while low < high:
        middle = (low + high) // 2
        found: datetime = await connection.fetchval("select recorded_at from event_log where position = $1", middle)
        if found < recorded_at:
            low = middle + 1
        else:
            high = middle
    return low


async def _near(connection: Connection, wanted: Search, begin: int, end: int, limit: int) -> Found:
    """By the index that leads to the fewest rows, and the rest of the wish among the newest of those."""
    near, named = _OF_ACTOR, [str(wanted.actor)]
    if wanted.player:
        service, player_id = wanted.player
        near, named = _OF_PLAYER, [f"player:{service}:{player_id}", service, player_id]
    values = (begin, end, WINDOW, *named)
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
