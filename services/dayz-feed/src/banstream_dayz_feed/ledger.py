"""How far reading is and what it found, on the one connection that holds the lock of reading: lost together."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import structlog

from banstream_contracts.commands.abuse import RecordIncidents
from banstream_contracts.queries.log_sources import FindingStatus, LogFinding
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.projection import LOG_SOURCES
from banstream_dayz_feed.record import Record
from banstream_decider.document_table import Present
from banstream_decider.unreadable import read_each

_SAVE = """
    insert into positions (source_id, place, document, memory, memory_at_begin, size)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (source_id) do update set place = excluded.place, document = excluded.document,
        memory = excluded.memory, memory_at_begin = coalesce(excluded.memory_at_begin, positions.memory_at_begin),
        size = excluded.size
"""
_FIND = """
    insert into findings (key, source_id, status, found_at, document, command) values ($1, $2, $3, $4, $5, $6)
    on conflict (key) do nothing
"""
_POLLED = """
    insert into positions (source_id, place, document, polled_at) values ($1, $2, $3, $4)
    on conflict (source_id) do update set polled_at = $4, failing_since = null, last_error = null
"""
_FAILED = """
    insert into positions (source_id, place, document, failing_since, last_error) values ($1, $2, $3, $4, $5)
    on conflict (source_id) do update
        set failing_since = coalesce(positions.failing_since, $4), last_error = $5
"""
_OPEN = """
    select place, key, command from findings where status = $1 and place > $3 and key <> all($4) order by place limit $2
"""
_NOTHING = b"{}"
_EMPTY = json.loads(Position().to_json())

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a source stands; `memory` is what its rules remember, `begin` what they did when the log began, as JSON."""

    position: Position = field(default_factory=Position)
    memory: bytes = _NOTHING
    begin: bytes = _NOTHING


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with what the abuse tracker is told of it."""

    finding: LogFinding
    command: RecordIncidents | None


@dataclass(frozen=True, slots=True)
class Open:
    """A finding that waits to be told, or for what became of it; `place` counts them as they were found."""

    place: int
    key: str
    command: RecordIncidents


class Ledger:
    """Used by all workers of a term, one after the other."""

    def __init__(self) -> None:
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._lock = asyncio.Lock()
        self.has_found = asyncio.Event()
        self._unreadable: list[str] = []

    @asynccontextmanager
    async def on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
        """Use a connection."""
        self._connection = connection
        self.has_found.set()
        try:
            yield
        finally:
            self._connection = None

    async def sources(self) -> Present[Record]:
        """Those that there are."""
        async with self._using() as connection:
            return await LOG_SOURCES.present(connection)

    async def standing(self, record: Record) -> Standing:
        """Where a source stands; at the begin where its login has changed."""
        async with self._using() as connection:
            row = await connection.fetchrow("select * from positions where source_id = $1", record.source.id)
        if row is None or row["place"] != record.place:
            return Standing()
        position = Position.from_json(json.dumps(row["document"]))
        memory, begin = row["memory"], row["memory_at_begin"]
        return Standing(position, memory.encode() if memory else _NOTHING, begin.encode() if begin else _NOTHING)

    async def save(
        self, record: Record, position: Position, memory: bytes, begin: bytes | None, found: Sequence[Told]
    ) -> None:
        """Everything of a step at once, or nothing. What was found before is not found again."""
        rows = [
            (
                each.finding.key,
                record.source.id,
                each.finding.status.value,
                each.finding.found_at,
                each.finding.model_dump(mode="json", exclude_none=True),
                each.command.model_dump(mode="json", exclude_none=True) if each.command else None,
            )
            for each in found
        ]
        document = json.loads(position.to_json())
        async with self._using() as connection, connection.transaction():
            await connection.executemany(_FIND, rows)
            await connection.execute(
                _SAVE,
                record.source.id,
                record.place,
                document,
                memory.decode(),
                begin.decode() if begin is not None else None,
                max(position.end, position.reading.offset),
            )
        if rows:
            self.has_found.set()

    async def polled(self, record: Record, now: datetime) -> None:
        """A poll went well."""
        async with self._using() as connection:
            await connection.execute(_POLLED, record.source.id, record.place, _EMPTY, now)

    async def failed(self, record: Record, now: datetime, error: str) -> None:
        """A poll went wrong."""
        async with self._using() as connection:
            await connection.execute(_FAILED, record.source.id, record.place, _EMPTY, now, error)

    async def open(self, status: FindingStatus, most: int, behind: int = 0) -> list[Open]:
        """The oldest findings behind a place that wait to be told, or for what became of them, and can be read."""
        while True:
            async with self._using() as connection:
                rows = await connection.fetch(_OPEN, status.value, most, behind, self._unreadable)
            found, unreadable = read_each(rows, _open, "key")
            if not unreadable:
                return list(found)
            logger.error("findings_unreadable", keys=unreadable)
            self._unreadable += unreadable

    async def settle(self, key: str, status: FindingStatus, message: str | None = None) -> None:
        """What became of a finding."""
        async with self._using() as connection:
            await connection.execute(
                "update findings set status = $2, message = $3 where key = $1", key, status.value, message
            )

    async def forget_removed(self) -> None:
        """Positions of sources that are gone; what was found stays."""
        async with self._using() as connection:
            await connection.execute(
                "delete from positions using log_sources"
                " where positions.source_id = log_sources.source_id and log_sources.is_removed"
            )

    @asynccontextmanager
    async def _using(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        async with self._lock:
            if self._connection is None:
                raise asyncpg.InterfaceError("the lock of reading is lost")
            yield self._connection


def _open(row: asyncpg.Record) -> Open:
    return Open(row["place"], row["key"], RecordIncidents.model_validate(row["command"]))
