"""The store on Postgres: one connection, one writer."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from banstream_abuse_tracker import projection
from banstream_abuse_tracker.domain.batch import Changes, Known
from banstream_abuse_tracker.domain.policies import Policies
from banstream_decider.store import LogStore
from banstream_event_log import erasure, log
from banstream_event_log.events import LoggedEvent


class PostgresStore(LogStore):
    """See `ports.Store`."""

    async def recorded(self, incident_ids: Iterable[UUID]) -> frozenset[UUID]:
        """By the index that makes a repeated incident impossible; an incident's id is its events' command id."""
        rows = await (await self._written()).fetch(
            "select command_id from event_log where command_id = any($1) and ordinal = 0", list(incident_ids)
        )
        return frozenset(row["command_id"] for row in rows)

    async def players(self, streams: Iterable[str]) -> dict[str, Known]:
        """The read model stands for the stream, which may be long."""
        return await projection.known_players(await self._written(), streams)

    async def policies(self) -> Policies:
        """They are few."""
        return await projection.all_policies(await self._written())

    async def histories(self, streams: Iterable[str]) -> Mapping[str, Sequence[LoggedEvent]]:
        """In one query."""
        return await log.load(await self._written(), streams)

    async def project(self, changes: Changes) -> None:
        """Players with what else is written; nothing else changes often."""
        await self._put(*projection.putting_players(changes.players))
        if changes.policies:
            await projection.put_policies(await self._written(), changes.policies)
        if changes.protections:
            await projection.put_protections(await self._written(), changes.protections)

    async def erase(self, persons: Iterable[str], position: int) -> None:
        """By their keys in the log's schema."""
        await erasure.erase(await self._written(), persons, position)
