"""The store on Postgres: one connection, one writer."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from banstream_decider.store import LogStore
from banstream_notifier import projection
from banstream_notifier.record import Record


class PostgresStore(LogStore):
    """See `ports.Store`."""

    async def records(self, target_ids: Iterable[str]) -> dict[str, Record]:
        """The read model stands for the stream."""
        return await projection.find(await self._written(), target_ids)

    async def sequence(self, target_id: str, event_id: UUID) -> int | None:
        """By the record of deliveries."""
        found: int | None = await (await self._written()).fetchval(
            "select sequence from deliveries where target_id = $1 and event_id = $2", target_id, event_id
        )
        return found

    async def project(self, records: Mapping[str, Record]) -> None:
        """Upserts."""
        await projection.put(await self._written(), records)
