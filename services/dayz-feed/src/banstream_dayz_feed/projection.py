"""The read model: the sources that there are or were."""

from collections.abc import Iterable, Mapping

from banstream_dayz_feed.record import Record
from banstream_event_log.log import Connection

LOG_SOURCES = "log_sources"


async def put(connection: Connection, records: Mapping[str, Record], table: str = LOG_SOURCES) -> None:
    """Insert or replace; `table` is another one while the read model is being rebuilt."""
    if not records:
        return
    await connection.execute(
        f"insert into {table} (source_id, is_removed, document)"
        " select * from unnest($1::text[], $2::boolean[], $3::jsonb[])"
        " on conflict (source_id) do update set is_removed = excluded.is_removed, document = excluded.document",
        list(records),
        [record.is_removed for record in records.values()],
        [record.model_dump(mode="json", exclude_none=True) for record in records.values()],
    )


async def find(connection: Connection, source_ids: Iterable[str], table: str = LOG_SOURCES) -> dict[str, Record]:
    """Those that have a row."""
    rows = await connection.fetch(
        f"select source_id, document from {table} where source_id = any($1)", list(source_ids)
    )
    return {row["source_id"]: Record.model_validate(row["document"]) for row in rows}


async def present(connection: Connection) -> dict[str, Record]:
    """Those that were not removed; they are few."""
    rows = await connection.fetch("select source_id, document from log_sources where not is_removed order by source_id")
    return {row["source_id"]: Record.model_validate(row["document"]) for row in rows}
