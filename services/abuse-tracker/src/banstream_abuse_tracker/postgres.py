"""The store on Postgres: one connection, one writer."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from banstream_abuse_tracker import projection
from banstream_abuse_tracker.batch import Changes, Known
from banstream_abuse_tracker.policies import Policies
from banstream_contracts.results import CommandResult
from banstream_decider import outcomes
from banstream_event_log import erasure, log
from banstream_event_log.events import LoggedEvent, NewEvent


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

    async def recorded(self, incident_ids: Iterable[UUID]) -> frozenset[UUID]:
        """By the index that makes a repeated incident impossible; an incident's id is its events' command id."""
        rows = await self._connection.fetch(
            "select command_id from event_log where command_id = any($1) and ordinal = 0", list(incident_ids)
        )
        return frozenset(row["command_id"] for row in rows)

    async def players(self, streams: Iterable[str]) -> dict[str, Known]:
        """The read model stands for the stream, which may be long."""
        return await projection.known_players(self._connection, streams)

    async def policies(self) -> Policies:
        """They are few."""
        return await projection.all_policies(self._connection)

    async def histories(self, streams: Iterable[str]) -> Mapping[str, Sequence[LoggedEvent]]:
        """In one query."""
        return await log.load(self._connection, streams)

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """With the positions that follow the locked head."""
        return await log.append(self._connection, events, recorded_at)

    async def project(self, changes: Changes) -> None:
        """Upserts."""
        await projection.put_players(self._connection, changes.players)
        await projection.put_policies(self._connection, changes.policies)
        await projection.put_protections(self._connection, changes.protections)

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """A failed outcome gives way to a later one; no other ever changes."""
        await outcomes.remember(self._connection, results, decided_at)

    async def erase(self, persons: Iterable[str], position: int) -> None:
        """By their keys in the log's schema."""
        await erasure.erase(self._connection, persons, position)
