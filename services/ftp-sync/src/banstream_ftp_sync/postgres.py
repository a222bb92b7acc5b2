"""The store on Postgres: one connection, one writer."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from banstream_contracts.results import CommandResult
from banstream_decider import outcomes
from banstream_event_log import log
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_ftp_sync import projection
from banstream_ftp_sync.record import Record


class PostgresStore:
    """See `ports.Store`. Every call uses the connection that holds the leader's lock: lost together, or not at all."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        """Begin, lock the log, give its last position; commit at the end."""
        async with self._connection.transaction():
            yield await log.lock(self._connection)

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """Failed ones are left out: they are decided anew when they come again."""
        return await outcomes.outcomes(self._connection, command_ids)

    async def records(self, ban_file_ids: Iterable[str]) -> dict[str, Record]:
        """The read model stands for the stream."""
        named = await projection.find(self._connection, ban_file_ids)
        return {**await projection.present(self._connection), **named}

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """With the positions that follow the locked head."""
        return await log.append(self._connection, events, recorded_at)

    async def project(self, records: Mapping[str, Record]) -> None:
        """Upserts."""
        await projection.put(self._connection, records)

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """A failed outcome gives way to a later one; no other ever changes."""
        await outcomes.remember(self._connection, results, decided_at)
