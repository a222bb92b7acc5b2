"""The store on Postgres: one connection, one writer."""

from collections.abc import Iterable, Mapping

from banstream_dayz_feed import projection
from banstream_dayz_feed.record import Record
from banstream_decider.store import LogStore


class PostgresStore(LogStore):
    """See `ports.Store`."""

    async def records(self, source_ids: Iterable[str]) -> dict[str, Record]:
        """The read model stands for the stream."""
        return await projection.find(await self._written(), source_ids)

    async def project(self, records: Mapping[str, Record]) -> None:
        """Upserts."""
        await projection.put(await self._written(), records)
