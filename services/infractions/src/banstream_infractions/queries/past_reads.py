"""What was in force at a moment, straight from the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast, get_args

import asyncpg

from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.players import address_token
from banstream_contracts.queries.past import GetPast, ListPast, PastFound, PastPage
from banstream_decider.events import event_of
from banstream_event_log import clock, log
from banstream_event_log.connections import Connection
from banstream_event_log.erasure import erased_until, opened
from banstream_event_log.searching import recordable
from banstream_infractions.domain.past import Past
from banstream_infractions.domain.undoing import AnyOfInfraction
from banstream_infractions.read_models.standing_documents import written

_TYPES = tuple(str(each.model_fields["type"].default) for each in get_args(AnyOfInfraction))
_SERVED = "infraction.served"
_AT_ONCE = 500
"""Events that are read and folded before others have their turn."""

_HAPPENED = """
    with happened as (
        select event_log.*, lead(type) over (partition by data ->> 'infraction_id' order by position) as next_type
        from event_log left join unnest($1::text[]) as left_out (id) on left_out.id = data ->> 'infraction_id'
        where stream = any($2) and position <= $3 and type = any($4)
            and (stream = $5 or data ->> 'infraction_id' in (select unnest($6::text[]))) and left_out.id is null
    )
    select * from happened where type <> $7 or next_type is distinct from $7 order by position
"""
"""All that happened until a position to the infractions of one stream, but for some, and to some of others. Time
connected is told of every few minutes: the last of it says all.
"""
_ENDED = """
    select id from (
        select distinct on (id) data ->> 'infraction_id' as id, type from event_log
        where stream = $1 and position <= $2 and (
            type in ('infraction.issued', 'infraction.imported', 'infraction.reinstated', 'infraction.expired')
            or (type = 'infraction.lifted' and (data ->> 'ended')::boolean)
        )
        order by id, position desc
    ) as last where type in ('infraction.lifted', 'infraction.expired')
"""
"""The infractions of a stream that had come to an end by a position."""
_OF_ADDRESSES = "select id, stream from infractions where address_token = any($1)"
"""Of the present: an infraction keeps the address that it came with."""
_PAGE = "select id, stream from infractions where id < $1 order by id desc limit $2"
_BEHIND_ALL = "g"
"""Ids are hex."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """A place in the log, the time that ends are compared with, and when a log begins that had nothing until then."""

    position: int
    at: datetime
    begins_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Infractions by id, and the streams that they are on; and all of one stream but for those that are left out."""

    ids: Collection[str] = ()
    streams: Collection[str] = ()
    stream: str | None = None
    left_out: Collection[str] = field(default=())


class PastReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def past(self, query: GetPast) -> PastFound:
        """Of a player, an address or both. What had ended by then is read only where it is shown."""
        hashes = [each for each in (query.address_hash, *query.other_address_hashes) if each]
        stream = f"player:{query.player}" if query.player else None
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            moment = await _moment(connection, query)
            ended = await _ended(connection, stream, moment.position)
            of_addresses = await connection.fetch(_OF_ADDRESSES, [*map(address_token, hashes)]) if hashes else []
            past = Past()
            await _read(connection, past, moment.position, _wanted(of_addresses, stream, ended))
            known = past.about(query.player, hashes, ended, moment.at, query.server_id)
            standings = past.standings(query.player, hashes, moment.position)
            rest = _behind(known, query.cursor)
            shown = rest[: query.limit]
            if stream and (further := ended.intersection(shown)):
                await _read(connection, past, moment.position, _Wanted(further, (stream,)))
            erased_at = await _erased_at(connection, stream)
        return PastFound(
            at=moment.at,
            position=moment.position,
            standings=tuple(map(_as_put, standings)),
            items=tuple(past.infractions[each] for each in shown),
            next=shown[-1] if len(rest) > len(shown) else None,
            total=len(known),
            begins_at=moment.begins_at,
            erased_at=erased_at,
        )

    async def in_force(self, query: ListPast) -> PastPage:
        """A page of everybody's; the cursor is the last id that was looked at."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            moment = await _moment(connection, query)
            rows = await connection.fetch(_PAGE, query.cursor or _BEHIND_ALL, query.limit + 1)
            past = Past()
            await _read(connection, past, moment.position, _wanted(rows[: query.limit]))
        return PastPage(
            at=moment.at,
            position=moment.position,
            items=tuple(each for each in past.in_force(moment.at) if _holds(each, query)),
            next=rows[query.limit - 1]["id"] if moment.position and len(rows) > query.limit else None,
            begins_at=moment.begins_at,
        )


async def _moment(connection: Connection, query: GetPast | ListPast) -> _Moment:
    if query.position is not None:
        position = min(query.position, await log.head(connection))
    else:
        position = await clock.last_position(connection, recordable(query.at or datetime.now(UTC)))
    at = query.at or await _recorded_at(connection, position) or datetime.now(UTC)
    return _Moment(position, at, None if position else await _recorded_at(connection, 1))


async def _ended(connection: Connection, stream: str | None, position: int) -> set[str]:
    return {row["id"] for row in await connection.fetch(_ENDED, stream, position)} if stream else set()


def _behind(known: list[str], cursor: str | None) -> list[str]:
    """Nothing behind what is not there: no list begins anew without a word."""
    if cursor is None:
        return known
    return known[known.index(cursor) + 1 :] if cursor in known else []


def _wanted(
    infractions: Sequence[asyncpg.Record], stream: str | None = None, left_out: Collection[str] = ()
) -> _Wanted:
    ids, streams = {each["id"] for each in infractions}, {each["stream"] for each in infractions}
    return _Wanted(ids, streams | {stream} if stream else streams, stream, left_out)


async def _read(connection: Connection, past: Past, position: int, wanted: _Wanted) -> None:
    """Infractions as they were at a position."""
    named = [[*wanted.left_out], [*wanted.streams], position, _TYPES, wanted.stream, [*wanted.ids], _SERVED]
    page: list[asyncpg.Record] = []
    async for row in connection.cursor(_HAPPENED, *named, prefetch=_AT_ONCE):
        page.append(row)
        if len(page) == _AT_ONCE:
            await _take(connection, past, page)
            page.clear()
    await _take(connection, past, page)


async def _take(connection: Connection, past: Past, rows: Sequence[asyncpg.Record]) -> None:
    for each in await opened(connection, [log.logged_event(row) for row in rows]):
        past.take(cast("AnyOfInfraction", event_of(each, EVENT)), each.position)


async def _erased_at(connection: Connection, stream: str | None) -> datetime | None:
    until = (await erased_until(connection, [stream])).get(stream) if stream else None
    return await _recorded_at(connection, until) if until else None


async def _recorded_at(connection: Connection, position: int) -> datetime | None:
    found: datetime | None = await connection.fetchval(
        "select recorded_at from event_log where position = $1", position
    )
    return found


def _as_put(standing: Standing) -> Standing:
    """As much of it as a bucket takes."""
    return Standing.model_validate_json(written(standing.model_dump(mode="json", exclude_none=True)))


def _holds(infraction: Infraction, query: ListPast) -> bool:
    return query.punishment is None or query.punishment in infraction.punishments
