"""How common the elements of an indexed array are, as the planner knows it.

An index over arrays goes through every row that has the rarest element asked for, before it gives the first row.
What the planner knows costs a millisecond and is near enough to say whether that is worth it.
"""

from collections.abc import Sequence

from banstream_event_log.log import Connection

_KNOWN = """
    select wanted, (greatest(reltuples, 0) * coalesce(shares[array_position(elements, wanted)], 0))::bigint as times
    from pg_class cross join unnest($3::text[]) as wanted left join (
        select most_common_elems::text::text[] as elements, most_common_elem_freqs as shares from pg_stats
        where schemaname = current_schema() and tablename = $1 and attname = $2
    ) as known on true
    where pg_class.oid = $1::text::regclass
"""


async def frequencies(connection: Connection, table: str, column: str, elements: Sequence[str]) -> dict[str, int]:
    """About how many rows have each; 0 of what is rare, and of everything before the table was analyzed."""
    rows = await connection.fetch(_KNOWN, table, column, elements)
    return {row["wanted"]: row["times"] for row in rows}
