"""The store on Postgres: one connection, one writer."""

from uuid import UUID

from banstream_decider.store import PostgresDocumentStore
from banstream_notifier.record import Record


class PostgresStore(PostgresDocumentStore[Record]):
    """See `ports.Store`."""

    async def sequence(self, target_id: str, event_id: UUID) -> int | None:
        """By the record of deliveries."""
        found: int | None = await (await self._written()).fetchval(
            "select sequence from deliveries where target_id = $1 and event_id = $2", target_id, event_id
        )
        return found
