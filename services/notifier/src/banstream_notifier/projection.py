"""The read model: the targets that there are or were."""

from collections.abc import Iterable, Mapping

from banstream_event_log.log import Connection
from banstream_notifier.record import Record

TARGETS = "targets"


async def put(connection: Connection, records: Mapping[str, Record], table: str = TARGETS) -> None:
    """Insert or replace; `table` is another one while the read model is being rebuilt."""
    if not records:
        return
    await connection.execute(
        f"insert into {table} (target_id, is_removed, document)"
        " select * from unnest($1::text[], $2::boolean[], $3::jsonb[])"
        " on conflict (target_id) do update set is_removed = excluded.is_removed, document = excluded.document",
        list(records),
        [record.is_removed for record in records.values()],
        [record.model_dump(mode="json", exclude_none=True) for record in records.values()],
    )


async def find(connection: Connection, target_ids: Iterable[str], table: str = TARGETS) -> dict[str, Record]:
    """Those that have a row."""
    rows = await connection.fetch(
        f"select target_id, document from {table} where target_id = any($1)", list(target_ids)
    )
    return {row["target_id"]: Record.model_validate(row["document"]) for row in rows}


async def present(connection: Connection) -> dict[str, Record]:
    """Those that were not removed; they are few."""
    rows = await connection.fetch("select target_id, document from targets where not is_removed order by target_id")
    return {row["target_id"]: Record.model_validate(row["document"]) for row in rows}
