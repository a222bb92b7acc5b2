"""The read model of staff's search, written in the transaction of the events."""

from collections.abc import Iterable, Sequence

from banstream_contracts.infractions import Infraction
from banstream_event_log.log import Connection
from banstream_infractions.copying import copy
from banstream_infractions.search_rows import SearchRow, row_of

SEARCH = "infraction_search"


async def put_rows(connection: Connection, infractions: Iterable[Infraction], table: str = SEARCH) -> None:
    """Insert or replace; a row that stays as it is is not written, as time served changes none.

    Arrays of arrays have to be of one length, so marks travel as text: none holds a line end.
    """
    rows = [row_of(infraction) for infraction in infractions]
    if not rows:
        return
    values = (
        (
            row.id,
            row.issued_at,
            row.ends_at,
            row.category,
            row.is_ban,
            row.is_active,
            row.search,
            "\n".join(row.marks),
        )
        for row in rows
    )
    await connection.execute(
        f"insert into {table} as held (id, issued_at, ends_at, category, is_ban, is_active, search, marks)"
        " select id, issued_at, ends_at, category, is_ban, is_active, search, string_to_array(marks, e'\\n')"
        " from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::boolean[], $6::boolean[],"
        " $7::text[], $8::text[])"
        " as new (id, issued_at, ends_at, category, is_ban, is_active, search, marks)"
        " on conflict (id) do update set ends_at = excluded.ends_at, category = excluded.category,"
        " is_ban = excluded.is_ban, is_active = excluded.is_active, search = excluded.search, marks = excluded.marks"
        " where (held.ends_at, held.marks, held.search)"
        " is distinct from (excluded.ends_at, excluded.marks, excluded.search)",
        *zip(*values, strict=True),
    )


async def fill_rows(connection: Connection, rows: Sequence[SearchRow], table: str) -> None:
    """Rows of infractions that have none yet."""
    await copy(connection, rows, table)
