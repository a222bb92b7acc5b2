"""Events of the log by what they are, who did them and whom they are about, newest first.

Whatever is asked for, no more than `WINDOW` rows are looked at in each stretch of the log (`clock.py`), of which most
logs have one: a page that ends early says how far it has come.
Positions lead near a time only, as a clock that was set back says some of it twice; each row says what belongs to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from banstream_event_log import clock
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import logged_event

WINDOW = 10_000

_BEGINNING = datetime.min.replace(tzinfo=UTC) + clock.AROUND
_END = datetime.max.replace(tzinfo=UTC) - clock.AROUND
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
_SERVICE, _ID = "actor #>> '{{admin,service}}'", "actor #>> '{{admin,id}}'"
_OF_ADMIN = f"""
    select {{what}} from event_log
    where jsonb_exists(actor, 'admin') and {_THEN}
        and ({_SERVICE}, {_ID}, position) >= ($6, $7, $1) and ({_SERVICE}, {_ID}, position) < ($6, $7, $2)
    order by {_SERVICE} desc, {_ID} desc, position desc limit $5
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
_Rows: TypeAlias = tuple[list[LoggedEvent], int | None]
"""The newest within some bounds, and where to go on if there may be more and enough was looked at."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, before a position. `types` None are all; `player` and `admin` are a service and an id.

    `actor` is the id of who did it, `admin` in whose name a server or token did, `policy_id` what issued an infraction:
    that one is looked for among what an actor, an admin or a player leads to.
    `since` and `until` are about when an event was recorded.
    """

    types: Sequence[str] | None = None
    actor: str | None = None
    admin: tuple[str, str] | None = None
    policy_id: str | None = None
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
    since, until = recordable(wanted.since or _BEGINNING), recordable(wanted.until or _END)
    rows: list[LoggedEvent] = []
    for begin, end in await clock.stretches(connection, wanted.since and since, wanted.until and until):
        bounds = begin, end if wanted.before is None else min(end, wanted.before), since, until
        more, reached = await _search(connection, wanted, bounds, limit + 1 - len(rows))
        rows += more
        if len(rows) > limit:
            return Found(rows[:limit], rows[limit - 1].position)
        if reached is not None:
            return Found(rows, reached)
    return Found(rows)


def recordable(moment: datetime) -> datetime:
    """The moment, or the nearest that every zone can tell."""
    return min(max(moment, _BEGINNING), _END)


async def _search(connection: Connection, wanted: Search, bounds: _Bounds, limit: int) -> _Rows:
    if wanted.player or wanted.admin or wanted.actor is not None:
        return await _near(connection, wanted, bounds, limit)
    if wanted.types is None:
        rows = await connection.fetch(_ALL, *bounds, limit)
    else:
        rows = await connection.fetch(_OF_TYPES, *bounds, limit, wanted.types)
    return [logged_event(row) for row in rows], None


async def _near(connection: Connection, wanted: Search, bounds: _Bounds, limit: int) -> _Rows:
    """By the index that leads to the fewest rows, and the rest of the wish among the newest of those."""
    near, named = _nearest(wanted)
    values = (*bounds, WINDOW, *named)
    admin = wanted.admin or (None, None)
    rest = (wanted.types, wanted.actor, *admin, wanted.policy_id)
    rows = await connection.fetch(_filtered(near, len(values)), *values, *rest, limit)
    reached = None
    if len(rows) < limit:
        counted = f"select count(*) as number, min(position) as last from ({near.format(what='position')}) as near"
        looked_at = await connection.fetchrow(counted, *values)
        reached = looked_at["last"] if looked_at and looked_at["number"] >= WINDOW else None
    return [logged_event(row) for row in rows], reached


def _nearest(wanted: Search) -> tuple[str, Sequence[str]]:
    """The rows to look among, and what they are looked for by."""
    if wanted.player:
        service, player_id = wanted.player
        return _OF_PLAYER, (f"player:{service}:{player_id}", service, player_id)
    if wanted.admin:
        return _OF_ADMIN, wanted.admin
    return _OF_ACTOR, (str(wanted.actor),)


def _filtered(near: str, used: int) -> str:
    types, actor, service, admin_id, policy, limit = range(used + 1, used + 7)
    return (
        f"select * from ({near.format(what='*')}) as near"
        f" where (${types}::text[] is null or type = any(${types}))"
        f" and (${actor}::text is null or actor ->> 'id' = ${actor})"
        f" and (${service}::text is null or actor #>> '{{admin,service}}' = ${service})"
        f" and (${admin_id}::text is null or actor #>> '{{admin,id}}' = ${admin_id})"
        f" and (${policy}::text is null or data ->> 'policy_id' = ${policy})"
        f" order by position desc limit ${limit}"
    )
