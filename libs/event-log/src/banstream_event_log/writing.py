"""The one writer of a log: transactions that keep everybody else out, and what is appended within them.

Little is kept for the end of a transaction, and goes to Postgres as one statement; much goes there while the next
part is made, events by COPY. Personal fields are locked on the way (`erasure.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg
from msgspec.structs import astuple
from orjson import Fragment

from banstream_event_log import clock, erasure, statements
from banstream_event_log.chain import GENESIS, Written, fragment, link
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.fresh import Fresh
from banstream_event_log.log import COLUMNS, LOCK, End, end
from banstream_event_log.statements import Statement
from banstream_runtime.tasks import ended

_MANY = 500
"""Rows. Postgres takes about as long for so many events as this process to make the next ones."""
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
_INSERT = (
    f"appended as (insert into event_log ({', '.join(COLUMNS)}) select * from unnest("
    + ", ".join(f"${number}::{_TYPES.get(column, 'text')}[]" for number, column in enumerate(COLUMNS, 1))
    + "))"
)


class VersionConflict(Exception):
    """Somebody else appended to one of the streams, or the command was carried out already: load again."""


class LogWriter:
    """One transaction after the other on a connection; `fresh` gets the events that were committed."""

    def __init__(self, connection: Connection, fresh: Fresh | None = None) -> None:
        self._connection = connection
        self._fresh = fresh
        self._end = End(0, GENESIS)
        self._unwritten: list[Statement] = []
        self._writing: asyncio.Task[None] | None = None
        self._appended: list[tuple[LoggedEvent, NewEvent]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        """Begin, keep everybody else from appending, give the last position; commit at the end.

        Positions have no gaps and commit in order. It begins and locks on one way to Postgres; the end of the log is a
        statement of its own, as one sees what was committed before it began, and the lock is waited for.
        Raises VersionConflict.
        """
        self._unwritten, self._appended = [], []
        try:
            await self._connection.execute(f"begin; {LOCK}")
            self._end = await end(self._connection)
            yield self._end.position
            await self.written()
        except BaseException:
            await self._give_up()
            raise
        await self._connection.execute("commit")
        if self._fresh:
            self._fresh.put([logged for logged, _ in self._appended], [event for _, event in self._appended])

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """Append within the transaction; returns the events with their positions.

        It, what follows, or the end of the transaction raises VersionConflict; the transaction is then lost and must
        be started again.
        """
        locks = await erasure.locks(await self.written(), events)
        await self.put(*locks.new, *(clock.noting(self._end, recorded_at) if events else ()))
        logged: list[LoggedEvent] = []
        for first in range(0, len(events), _MANY):
            logged += await self._append(locks.locked(first, first + _MANY), recorded_at)
        self._appended += zip(logged, events, strict=True)
        return logged

    async def put(self, *parts: Statement) -> None:
        """Have something written within the transaction, in order and by its end. Raises VersionConflict."""
        self._unwritten += parts
        if any(each.rows >= _MANY for each in parts):
            await self._begin()

    async def written(self) -> Connection:
        """The connection, once all that was put is written. Raises VersionConflict."""
        await self._arrived()
        await self._write(self._taken())
        return self._connection

    async def _append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        written = _written(events)
        logged: list[LoggedEvent] = []
        for event, json in zip(events, written, strict=True):
            logged.append(link(event, self._end.position + 1, recorded_at, self._end.hash, json))
            self._end = End(logged[-1].position, logged[-1].hash, recorded_at)
        columns = dict(zip(COLUMNS, zip(*map(astuple, logged), strict=True), strict=True))
        columns |= zip(Written._fields, zip(*written, strict=True), strict=True)
        if len(events) < _MANY:
            await self.put(Statement(_INSERT, list(columns.values())))
        else:
            await self._begin(list(zip(*columns.values(), strict=True)))
        return logged

    async def _begin(self, rows: Sequence[tuple[Any, ...]] = ()) -> None:
        """Write what was put, then these rows of the log, while the caller makes more."""
        await self._arrived()
        self._writing = asyncio.create_task(self._write(self._taken(), rows))
        await asyncio.sleep(0)  # it is sent before more is made

    async def _arrived(self) -> None:
        writing, self._writing = self._writing, None
        if writing:
            await writing

    def _taken(self) -> list[Statement]:
        parts, self._unwritten = self._unwritten, []
        return parts

    async def _write(self, parts: Sequence[Statement], rows: Sequence[tuple[Any, ...]] = ()) -> None:
        try:
            await statements.write(self._connection, parts)
            if rows:
                await self._connection.copy_records_to_table("event_log", records=rows, columns=COLUMNS)
        except asyncpg.UniqueViolationError as error:
            if error.table_name != "event_log":
                raise
            raise VersionConflict(str(error)) from error

    async def _give_up(self) -> None:
        """What was on its way may fail too, or not at all: the transaction has failed before it."""
        writing, self._writing = self._writing, None
        if writing:
            with suppress(Exception):
                await ended(writing)
        if not self._connection.is_closed():
            await self._connection.execute("rollback")


def _written(events: Sequence[NewEvent]) -> list[Written]:
    """An actor is written once: the events of a command have the same."""
    actors: dict[int, Fragment] = {}
    for event in events:
        if id(event.actor) not in actors:
            actors[id(event.actor)] = fragment(event.actor)
    return [Written(actors[id(event.actor)], fragment(event.data)) for event in events]
