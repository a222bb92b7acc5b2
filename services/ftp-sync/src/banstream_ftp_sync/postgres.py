"""The store on Postgres: one connection, one writer."""

from collections.abc import Iterable, Mapping

from banstream_decider.store import LogStore
from banstream_ftp_sync import projection
from banstream_ftp_sync.record import Record


class PostgresStore(LogStore):
    """See `ports.Store`."""

    async def records(self, ban_file_ids: Iterable[str]) -> dict[str, Record]:
        """The read model stands for the stream."""
        connection = await self._written()
        named = await projection.find(connection, ban_file_ids)
        return {**await projection.present(connection), **named}

    async def project(self, records: Mapping[str, Record]) -> None:
        """Upserts."""
        await projection.put(await self._written(), records)
