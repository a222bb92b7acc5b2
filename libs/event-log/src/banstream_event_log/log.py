"""The event log on Postgres: load streams, read on from a position; what appends to it is in `writing.py`.

Personal fields are opened where streams are loaded (`erasure.py`); `read` and `walk` give rows as they are kept, which
is what the chain of hashes is about.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import asyncpg

from banstream_event_log import erasure
from banstream_event_log.chain import GENESIS
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent, OpenedEvent

COLUMNS = LoggedEvent.__struct_fields__
_values_of = itemgetter(*COLUMNS)
_SELECT = f"select {', '.join(COLUMNS)} from event_log"
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
LOCK = "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.event_log', 0))"


@dataclass(frozen=True, slots=True)
class End:
    """The last event of the log, which the next one follows while the log is locked; an empty log has no time."""

    position: int
    hash: bytes
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the streams, each of them whole: those of `number`, from 0, where all are divided into `of` parts."""

    number: int = 0
    of: int = 1


ALL = Part()


async def lock(connection: Connection) -> int:
    """Keep everybody else from appending until the caller's transaction ends; returns the last position."""
    await connection.execute(LOCK)
    return await head(connection)


async def end(connection: Connection) -> End:
    """The last event and its hash; of an empty log what the first row follows."""
    last = await connection.fetchrow("select position, hash, recorded_at from event_log order by position desc limit 1")
    return End(*last) if last else End(0, GENESIS)


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


async def walk(connection: Connection, page: int = 1000) -> AsyncIterator[LoggedEvent]:
    """Every event, a page at a time: flat memory however long the log."""
    async for events in pages(connection, page):
        for event in events:
            yield event


async def pages(connection: Connection, page: int = 1000) -> AsyncIterator[list[LoggedEvent]]:
    """The same, each page at once."""
    after = 0
    while events := await read(connection, after, page):
        yield events
        after = events[-1].position


async def head(connection: Connection) -> int:
    """The last position; 0 of an empty log."""
    return int(await connection.fetchval("select coalesce(max(position), 0) from event_log"))


def logged_event(row: asyncpg.Record) -> LoggedEvent:
    """A row of the log."""
    return LoggedEvent(*_values_of(row))
