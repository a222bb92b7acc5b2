"""The read model of the wall: rows and counters, written in the transaction of the events."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from banstream_contracts.infractions import Infraction
from banstream_event_log.log import Connection
from banstream_infractions.copying import copy
from banstream_infractions.wall_rows import Counted, WallRow, difference, row_of

BANS = "wall_bans"
TOTALS = "wall_totals"
QUARTERS = "wall_quarters"
TABLES = (BANS, TOTALS, QUARTERS)

Named = Callable[[str], str]
"""The name that a table has now: another one while the read models are being made anew."""


def _as_it_is(table: str) -> str:
    return table


async def put_bans(connection: Connection, infractions: Iterable[Infraction], named: Named = _as_it_is) -> None:
    """Bring rows and counters to the state after the events of some infractions."""
    changed = {infraction.id: row_of(infraction) for infraction in infractions}
    if not changed:
        return
    gone = [
        Counted(row["category"], row["severity"], row["issued_at"])
        for row in await connection.fetch(
            f"delete from {named(BANS)} where id = any($1) returning category, severity, issued_at", list(changed)
        )
    ]
    rows = [row for row in changed.values() if row]
    if rows:
        await _insert(connection, rows, named(BANS))
    await _count(connection, gone, rows, named)


async def fill_bans(connection: Connection, rows: Sequence[WallRow], named: Named) -> None:
    """Rows of infractions that have none yet, and what they count."""
    await copy(connection, rows, named(BANS))
    await _count(connection, [], rows, named)


async def _count(connection: Connection, gone: Sequence[Counted], rows: Sequence[WallRow], named: Named) -> None:
    come = (Counted(row.category, row.severity, row.issued_at) for row in rows)
    types, quarters = difference(gone, come)
    if types:
        await _count_types(connection, types, named(TOTALS))
    if quarters:
        await _count_quarters(connection, quarters, named(QUARTERS))


async def _insert(connection: Connection, rows: list[WallRow], table: str) -> None:
    """Arrays of arrays have to be of one length, so grams travel as text: no gram holds a line end."""
    columns = zip(
        *(
            (
                row.id,
                row.place,
                row.issued_at,
                row.ends_at,
                row.category,
                row.severity,
                row.search,
                "\n".join(row.grams),
            )
            for row in rows
        ),
        strict=True,
    )
    await connection.execute(
        f"insert into {table} (id, place, issued_at, ends_at, category, severity, search, grams)"
        " select id, place, issued_at, ends_at, category, severity, search, string_to_array(grams, e'\\n')"
        " from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],"
        " $8::text[])"
        " as new (id, place, issued_at, ends_at, category, severity, search, grams)",
        *columns,
    )


async def _count_types(connection: Connection, types: dict[tuple[str, str], int], table: str) -> None:
    categories, severities = zip(*types, strict=True)
    await connection.execute(
        f"insert into {table} as held (category, severity, bans)"
        " select * from unnest($1::text[], $2::text[], $3::bigint[])"
        " on conflict (category, severity) do update set bans = held.bans + excluded.bans",
        categories,
        severities,
        list(types.values()),
    )
    if min(types.values()) < 0:
        await connection.execute(f"delete from {table} where bans = 0")


async def _count_quarters(connection: Connection, quarters: dict[datetime, int], table: str) -> None:
    await connection.execute(
        f"insert into {table} as held (begins_at, bans) select * from unnest($1::timestamptz[], $2::bigint[])"
        " on conflict (begins_at) do update set bans = held.bans + excluded.bans",
        list(quarters),
        list(quarters.values()),
    )
    if min(quarters.values()) < 0:
        await connection.execute(f"delete from {table} where begins_at = any($1) and bans = 0", list(quarters))
