"""The read model: the ban files that there are or were."""

from collections.abc import Iterable, Mapping

from banstream_event_log.log import Connection
from banstream_ftp_sync.record import Record

BAN_FILES = "ban_files"


async def put(connection: Connection, records: Mapping[str, Record], table: str = BAN_FILES) -> None:
    """Insert or replace; `table` is another one while the read model is being rebuilt."""
    if not records:
        return
    await connection.execute(
        f"insert into {table} (ban_file_id, is_removed, document)"
        " select * from unnest($1::text[], $2::boolean[], $3::jsonb[])"
        " on conflict (ban_file_id) do update set is_removed = excluded.is_removed, document = excluded.document",
        list(records),
        [record.is_removed for record in records.values()],
        [record.model_dump(mode="json", exclude_none=True) for record in records.values()],
    )


async def find(connection: Connection, ban_file_ids: Iterable[str], table: str = BAN_FILES) -> dict[str, Record]:
    """Those that have a row."""
    rows = await connection.fetch(
        f"select ban_file_id, document from {table} where ban_file_id = any($1)", list(ban_file_ids)
    )
    return {row["ban_file_id"]: Record.model_validate(row["document"]) for row in rows}


async def present(connection: Connection) -> dict[str, Record]:
    """Those that were not removed; they are few."""
    rows = await connection.fetch(
        "select ban_file_id, document from ban_files where not is_removed order by ban_file_id"
    )
    return {row["ban_file_id"]: Record.model_validate(row["document"]) for row in rows}
