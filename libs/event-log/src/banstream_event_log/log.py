"""The event log on Postgres: append in order, load streams, read on from a position.

Personal fields are locked where events are appended and opened where streams are loaded (`erasure.py`); `read` and
`walk` give rows as they are kept, which is what the chain of hashes is about.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

import asyncpg

from banstream_event_log import erasure
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent, NewEvent, OpenedEvent

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_COLUMNS = tuple(field.name for field in fields(LoggedEvent))
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
_SELECT = f"select {', '.join(_COLUMNS)} from event_log"
_INSERT = (
    f"insert into event_log ({', '.join(_COLUMNS)}) select * from unnest("
    + ", ".join(f"${number}::{_TYPES.get(column, 'text')}[]" for number, column in enumerate(_COLUMNS, 1))
    + ")"
)
_SELECT_TO_FOLD = (
    f"select {', '.join(OpenedEvent._fields)} from event_log where position > $1 order by position limit $2"
)
_LOCK = "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.event_log', 0))"


@dataclass(frozen=True, slots=True)
class End:
    """The last event of the log, as it is while the log is locked."""

    position: int
    hash: bytes


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
    end = end or await locked_end(connection)
    position, previous = end.position, end.hash
    logged: list[LoggedEvent] = []
    for event in await erasure.locked(connection, events):
        position += 1
        logged.append(link(event, position, recorded_at, previous))
        previous = logged[-1].hash
    columns = [[getattr(event, column) for event in logged] for column in _COLUMNS]
    try:
        await connection.execute(_INSERT, *columns)
    except asyncpg.UniqueViolationError as error:
        raise VersionConflict(str(error)) from error
    return logged


async def lock(connection: Connection) -> int:
    """Keep everybody else from appending until the caller's transaction ends; returns the last position."""
    return (await locked_end(connection)).position


async def locked_end(connection: Connection) -> End:
    """The same; returns where the log ends."""
    await connection.execute(_LOCK)
    last = await connection.fetchrow("select position, hash from event_log order by position desc limit 1")
    return End(last["position"], last["hash"]) if last else End(0, GENESIS)


async def load(connection: Connection, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
    """All events of the named streams in order, in one query; a stream without events has an empty list."""
    found: dict[str, list[LoggedEvent]] = {stream: [] for stream in streams}
    rows = await connection.fetch(f"{_SELECT} where stream = any($1) order by stream, version", list(found))
    for event in await erasure.opened(connection, [logged_event(row) for row in rows]):
        found[event.stream].append(event)
    return found


async def read(connection: Connection, after: int, limit: int) -> list[LoggedEvent]:
    """The events that follow a position, as they are kept."""
    rows = await connection.fetch(f"{_SELECT} where position > $1 order by position limit $2", after, limit)
    return [logged_event(row) for row in rows]


async def read_opened(connection: Connection, after: int, limit: int) -> list[LoggedEvent]:
    """The events that follow a position, with what is personal opened."""
    return await erasure.opened(connection, await read(connection, after, limit))


async def read_to_fold(connection: Connection, after: int, limit: int) -> list[OpenedEvent]:
    """The same, no more of each than a fold needs."""
    return await erasure.opened_to_fold(connection, await connection.fetch(_SELECT_TO_FOLD, after, limit))


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
    return LoggedEvent(**{column: row[column] for column in _COLUMNS})
