"""Counters of what was issued, whether it holds or not: what the rows of the search add up to, after every statement.

A writer that does not know them leaves them behind; they are counted anew then (`catching_up`, `wall_filling`).
"""

from collections.abc import Sequence
from datetime import date, datetime

from banstream_event_log.connections import Connection
from banstream_infractions.read_models.wall import Named

QUARTERS = "issued_quarters"
DAYS = "issued_days"
TABLES = (QUARTERS, DAYS)

EMPTIED = """
    select begins_at, null::date as day, null as category from quarters where bans = 0
    union all select null, day, category from days where infractions = 0
"""
"""Which of what `counting` has written count nothing any more; for `drop`."""

Emptied = tuple[datetime | None, date | None, str | None]
"""A row of it."""


def counting(named: Named) -> str:
    """CTEs that count what `changed` (issued_at, category, is_ban, by) says."""
    return f"""
        quarters as (
            insert into {named(QUARTERS)} as known (begins_at, bans)
            select date_bin('15 minutes', issued_at, 'epoch') as quarter, sum(by)
            from changed where is_ban group by quarter having sum(by) <> 0
            on conflict (begins_at) do update set bans = known.bans + excluded.bans
            returning begins_at, bans
        ), days as (
            insert into {named(DAYS)} as known (day, category, infractions)
            select (issued_at at time zone 'UTC')::date as issued_on, coalesce(category, '') as kind, sum(by)
            from changed group by issued_on, kind having sum(by) <> 0
            on conflict (day, category) do update set infractions = known.infractions + excluded.infractions
            returning day, category, infractions
        )
    """


async def drop(connection: Connection, emptied: Sequence[Emptied], named: Named) -> None:
    """What a change of category or punishments leaves now and then."""
    if emptied:
        quarters = [begins_at for begins_at, _, _ in emptied if begins_at]
        await connection.execute(f"delete from {named(QUARTERS)} where begins_at = any($1)", quarters)
        days = [(day, category) for _, day, category in emptied if day]
        await connection.execute(
            f"delete from {named(DAYS)} where (day, category) in (select * from unnest($1::date[], $2::text[]))",
            [day for day, _ in days],
            [category for _, category in days],
        )


async def recount(connection: Connection, table: str) -> None:
    """From the rows of the search, in a transaction that holds the log."""
    for counters in TABLES:
        await connection.execute(f"delete from {counters}")
    await count_all(connection, table, str)


async def count_all(connection: Connection, table: str, named: Named) -> None:
    """Counters that count nothing yet, from the rows of the search."""
    await connection.execute(
        f"with changed as (select issued_at, category, is_ban, 1 as by from {table}), {counting(named)} {EMPTIED}"
    )
