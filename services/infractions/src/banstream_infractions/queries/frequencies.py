"""How common the marks and grams of the search are, as the planner knows it.

An index over arrays goes through every row that has the rarest element asked for, before it gives the first row.
What the planner knows costs a millisecond and is near enough to say whether that is worth it.
"""

from collections.abc import Sequence

from banstream_event_log.connections import Connection
from banstream_infractions.read_models.index_keys import key

_KNOWN = """
    select wanted, (greatest(reltuples, 0) * coalesce(shares[array_position(elements, wanted)], 0))::bigint as times
    from pg_class cross join unnest($1::integer[]) as wanted left join (
        select most_common_elems::text::integer[] as elements, most_common_elem_freqs as shares from pg_stats
        where schemaname = current_schema() and tablename = 'infraction_search' and attname = 'keys'
    ) as known on true
    where pg_class.oid = 'infraction_search'::regclass
"""


async def frequencies(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """About how many infractions have each; 0 of what is rare, and of everything before the table was analyzed."""
    numbers = {name: key(name) for name in names}
    rows = await connection.fetch(_KNOWN, [*numbers.values()])
    times = {row["wanted"]: row["times"] for row in rows}
    return {name: times[number] for name, number in numbers.items()}
