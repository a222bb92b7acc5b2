"""What the stores of all services have in common, on Postgres: one connection, one writer."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Generic
from uuid import UUID

import asyncpg

from banstream_contracts.results import CommandResult
from banstream_decider import outcomes
from banstream_decider.document_table import DocumentTable
from banstream_decider.documents import AnyDocument
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.fresh import Fresh
from banstream_event_log.statements import Statement
from banstream_event_log.writing import LogWriter


class LogStore:
    """See `ports.Store` of each service, which adds what it reads and its read models.

    Every call uses the connection that holds the leader's lock: lost together, or not at all.
    """

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", fresh: Fresh | None = None) -> None:
        self._writer = LogWriter(connection, fresh)

    def transaction(self) -> AbstractAsyncContextManager[int]:
        """Begin, lock the log, give its last position; commit at the end."""
        return self._writer.transaction()

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """Failed ones are left out: they are decided anew when they come again."""
        return await outcomes.outcomes(await self._written(), command_ids)

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """With the positions that follow the locked head."""
        return await self._writer.append(events, recorded_at)

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """A failed outcome gives way to a later one; no other ever changes."""
        await self._writer.put(outcomes.remembering(results, decided_at))

    async def _put(self, *statements: Statement) -> None:
        """Into the transaction, by its end."""
        await self._writer.put(*statements)

    async def _written(self) -> Connection:
        """The connection, once what was put is written. Raises VersionConflict."""
        return await self._writer.written()


class PostgresDocumentStore(LogStore, Generic[AnyDocument]):
    """See `documents.DocumentStore`."""

    def __init__(
        self, connection: "asyncpg.Connection[asyncpg.Record]", table: DocumentTable[Any, AnyDocument]
    ) -> None:
        super().__init__(connection)
        self._table = table

    async def find(self, ids: Iterable[str]) -> dict[str, AnyDocument]:
        """The read model stands for the stream."""
        return await self._table.find(await self._written(), ids)

    async def present(self) -> dict[str, AnyDocument]:
        """By the read model."""
        return (await self._table.present(await self._written())).documents

    async def put(self, documents: Mapping[str, AnyDocument]) -> None:
        """Upserts."""
        await self._table.put(await self._written(), documents)
