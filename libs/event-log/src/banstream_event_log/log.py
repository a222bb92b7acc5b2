"""The event log on Postgres: append in order, load streams, read on from a position.

Personal fields are locked where events are appended and opened where streams are loaded (`erasure.py`); `read` and
`walk` give rows as they are kept, which is what the chain of hashes is about.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypeAlias

import asyncpg
from msgspec.structs import astuple
from orjson import Fragment

from banstream_event_log import erasure, statements
from banstream_event_log.chain import GENESIS, Written, fragment, link
from banstream_event_log.events import LoggedEvent, NewEvent, OpenedEvent
from banstream_event_log.statements import Statement

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_COLUMNS = LoggedEvent.__struct_fields__
_TYPES = {
    "position": "bigint",
    "version": "integer",
    "event_id": "uuid",
    "schema_version": "smallint",
    "data": "jsonb",
    "command_id": "uuid",
    "ordinal": "smallint",
    "correlation_id": "uuid",
    "causation_id": "uuid",
    "actor": "jsonb",
    "occurred_at": "timestamptz",
    "recorded_at": "timestamptz",
    "previous_hash": "bytea",
    "hash": "bytea",
}
_values_of = itemgetter(*_COLUMNS)
_SELECT = f"select {', '.join(_COLUMNS)} from event_log"
_INSERT = (
    f"appended as (insert into event_log ({', '.join(_COLUMNS)}) select * from unnest("
    + ", ".join(f"${number}::{_TYPES.get(column, 'text')}[]" for number, column in enumerate(_COLUMNS, 1))
    + "))"
)
_SELECT_TO_FOLD = (
    "select position, stream, version, type, data, actor::text, occurred_at from event_log"
    " where position > $1 and position <= $2{} order by position limit $3"
)
_OF_A_PART = " and mod(hashtext(stream)::bigint + 2147483648, $4::bigint) = $5::bigint"
_SELECT_SHORT = f"""
    select event.* from unnest($1::text[]) as wanted (stream)
    cross join lateral (
        select version from event_log where stream = wanted.stream order by version desc limit 1
    ) as last
    cross join lateral (
        {_SELECT} where stream = wanted.stream
        and version > case when last.version <= $2 then 0 else last.version - $3 end
        offset 0
    ) as event
    order by event.stream, event.version
"""
"""`offset 0`, so that the version is always looked for in the index: Postgres may take a stream for a short one."""
_LOCK = "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.event_log', 0))"


@dataclass(frozen=True, slots=True)
class End:
    """The last event of the log, as it is while the log is locked."""

    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the streams, each of them whole: those of `number`, from 0, where all are divided into `of` parts."""

    number: int = 0
    of: int = 1


ALL = Part()


class VersionConflict(Exception):
    """Somebody else appended to one of the streams, or the command was carried out already: load again."""


async def append(
    connection: Connection, events: Sequence[NewEvent], recorded_at: datetime, end: End | None = None
) -> list[LoggedEvent]:
    """Append within the caller's transaction; returns the events with their positions.

    The lock is held until the caller commits, so that positions have no gaps and commit in order; a caller that holds
    it already names the `end` of the log. Raises VersionConflict; the caller's transaction is then lost and must be
    started again.
    """
    logged, parts = await appending(connection, events, recorded_at, end or await locked_end(connection))
    await write(connection, parts)
    return logged


async def appending(
    connection: Connection, events: Sequence[NewEvent], recorded_at: datetime, end: End
) -> tuple[list[LoggedEvent], list[Statement]]:
    """The events as they follow the end of the log, and what `write` has to write for them."""
    if not events:
        return [], []
    position, previous = end.position, end.hash
    logged: list[LoggedEvent] = []
    locked, keys = await erasure.locked(connection, events)
    written = _written(locked)
    for event, json in zip(locked, written, strict=True):
        position += 1
        logged.append(link(event, position, recorded_at, previous, json))
        previous = logged[-1].hash
    columns = dict(zip(_COLUMNS, zip(*map(astuple, logged), strict=True), strict=True))
    columns |= zip(Written._fields, zip(*written, strict=True), strict=True)
    return logged, [*keys, Statement(_INSERT, list(columns.values()))]


def _written(events: Sequence[NewEvent]) -> list[Written]:
    """An actor is written once: the events of a command have the same."""
    actors: dict[int, Fragment] = {}
    for event in events:
        if id(event.actor) not in actors:
            actors[id(event.actor)] = fragment(event.actor)
    return [Written(actors[id(event.actor)], fragment(event.data)) for event in events]


async def write(connection: Connection, parts: Sequence[Statement]) -> None:
    """Write what is appended with all that goes with it, see `statements.write`. Raises VersionConflict."""
    try:
        await statements.write(connection, parts)
    except asyncpg.UniqueViolationError as error:
        if error.table_name != "event_log":
            raise
        raise VersionConflict(str(error)) from error


async def lock(connection: Connection) -> int:
    """Keep everybody else from appending until the caller's transaction ends; returns the last position."""
    return (await locked_end(connection)).position


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[End]:
    """A transaction that keeps everybody else from appending; gives where the log ends.

    It begins and locks on one way to Postgres, which the driver's own transaction takes two for; the end of the log is
    a statement of its own, as one sees what was committed before it began, and the lock is waited for.
    """
    try:
        await connection.execute(f"begin; {_LOCK}")
        yield await _end(connection)
    except BaseException:
        if not connection.is_closed():
            await connection.execute("rollback")
        raise
    await connection.execute("commit")


async def locked_end(connection: Connection) -> End:
    """The same within the caller's transaction."""
    await connection.execute(_LOCK)
    return await _end(connection)


async def _end(connection: Connection) -> End:
    last = await connection.fetchrow("select position, hash from event_log order by position desc limit 1")
    return End(last["position"], last["hash"]) if last else End(0, GENESIS)


async def load(connection: Connection, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
    """All events of the named streams in order, in one query; a stream without events has an empty list."""
    found: dict[str, list[LoggedEvent]] = {stream: [] for stream in streams}
    rows = await connection.fetch(f"{_SELECT} where stream = any($1) order by stream, version", list(found))
    for event in await erasure.opened(connection, [logged_event(row) for row in rows]):
        found[event.stream].append(event)
    return found


async def load_short(
    connection: Connection, streams: Iterable[str], longest: int, tail: int
) -> dict[str, list[LoggedEvent]]:
    """The same, but of a stream of more than the `longest` number of events only the last few, its `tail`."""
    found: dict[str, list[LoggedEvent]] = {stream: [] for stream in streams}
    rows = await connection.fetch(_SELECT_SHORT, list(found), longest, tail)
    for event in await erasure.opened(connection, [logged_event(row) for row in rows]):
        found[event.stream].append(event)
    return found


async def load_first(connection: Connection, streams: Iterable[str]) -> dict[str, LoggedEvent]:
    """How streams began; one without events has no entry."""
    rows = await connection.fetch(f"{_SELECT} where stream = any($1) and version = 1", list(streams))
    return {event.stream: event for event in await erasure.opened(connection, [logged_event(row) for row in rows])}


async def read(connection: Connection, after: int, limit: int) -> list[LoggedEvent]:
    """The events that follow a position, as they are kept."""
    rows = await connection.fetch(f"{_SELECT} where position > $1 order by position limit $2", after, limit)
    return [logged_event(row) for row in rows]


async def read_opened(connection: Connection, after: int, limit: int) -> list[LoggedEvent]:
    """The events that follow a position, with what is personal opened."""
    return await erasure.opened(connection, await read(connection, after, limit))


async def read_to_fold(
    connection: Connection, after: int, until: int, limit: int, part: Part = ALL
) -> list[OpenedEvent]:
    """The same up to a position and of some of the streams, no more of each event than a fold needs."""
    if part.of == 1:
        rows = await connection.fetch(_SELECT_TO_FOLD.format(""), after, until, limit)
    else:
        rows = await connection.fetch(_SELECT_TO_FOLD.format(_OF_A_PART), after, until, limit, part.of, part.number)
    return await erasure.opened_to_fold(connection, rows)


async def walk(connection: Connection, after: int = 0, page: int = 1000) -> AsyncIterator[LoggedEvent]:
    """Every event after a position up to the end, a page at a time: flat memory however long the log."""
    while events := await read(connection, after, page):
        for event in events:
            yield event
        after = events[-1].position


async def head(connection: Connection) -> int:
    """The last position; 0 of an empty log."""
    return int(await connection.fetchval("select coalesce(max(position), 0) from event_log"))


def logged_event(row: asyncpg.Record) -> LoggedEvent:
    """A row of the log."""
    return LoggedEvent(*_values_of(row))
