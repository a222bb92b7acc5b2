"""The read model of the wall: rows and counters, written in the transaction of the events."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from banstream_contracts.infractions import Infraction
from banstream_event_log.connections import Connection
from banstream_event_log.statements import Statement, write
from banstream_infractions.read_models.copying import copy
from banstream_infractions.read_models.wall_rows import WallRow, row_of

BANS = "wall_bans"
TOTALS = "wall_totals"
QUARTERS = "wall_quarters"
TABLES = (BANS, TOTALS, QUARTERS)

Named = Callable[[str], str]
"""The name that a table has now: another one while the read models are being made anew."""


_COLUMNS = WallRow._fields
_EMPTIED = """
    (select array_agg(begins_at) from (
        select begins_at from wall_by_quarter where bans = 0
        union all select null from wall_by_type where bans = 0
    ) as emptied)
"""


def _as_it_is(table: str) -> str:
    return table


async def put_bans(connection: Connection, infractions: Iterable[Infraction], named: Named = _as_it_is) -> None:
    """Bring rows and counters to the state after the events of some infractions."""
    await write(connection, putting_bans(infractions, named))


def putting_bans(infractions: Iterable[Infraction], named: Named = _as_it_is) -> list[Statement]:
    """The same, to be written together with other things."""
    changed = {infraction.id: row_of(infraction) for infraction in infractions}
    if not changed:
        return []
    rows = [row for row in changed.values() if row]
    columns = zip(*rows, strict=True) if rows else ([] for _ in _COLUMNS)
    return [Statement(_put(named), (list(changed), *columns), _EMPTIED, partial(_drop, named=named))]


async def _drop(connection: Connection, emptied: Sequence[datetime | None], named: Named) -> None:
    """Counters that count nothing any more; of those by type there are few."""
    await connection.execute(f"delete from {named(TOTALS)} where bans = 0")
    await connection.execute(
        f"delete from {named(QUARTERS)} where begins_at = any($1::timestamptz[]) and bans = 0", emptied
    )


def _put(named: Named) -> str:
    """Of the ids that changed, and the columns of those that ban; all of it sees what was there before.

    Grams were written by releases before (ADR 0034): those of a text that changes, as where somebody is erased, go.
    """
    return f"""
        wall_new as (
            select * from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
                $8::text[]) as new ({", ".join(_COLUMNS)})
        ), wall_held as (
            select id, issued_at, category, severity from {named(BANS)} where id = any($1::text[])
        ), wall_gone as (
            delete from {named(BANS)} where id = any($1::text[]) and id <> all($2::text[])
        ), wall_put as (
            insert into {named(BANS)} as known ({", ".join(_COLUMNS)}) select {", ".join(_COLUMNS)} from wall_new
            on conflict (id) do update set issued_at = excluded.issued_at, ends_at = excluded.ends_at,
                category = excluded.category, severity = excluded.severity,
                search = excluded.search, grams = '{{}}'
            where (known.issued_at, known.ends_at, known.category, known.severity, known.search)
                is distinct from
                (excluded.issued_at, excluded.ends_at, excluded.category, excluded.severity, excluded.search)
        ), wall_changed as (
            select category, severity, issued_at, -1 as by from wall_held
            union all select category, severity, issued_at, 1 from wall_new
        ), wall_by_type as (
            insert into {named(TOTALS)} as known (category, severity, bans)
            select category, severity, sum(by) from wall_changed group by category, severity having sum(by) <> 0
            on conflict (category, severity) do update set bans = known.bans + excluded.bans
            returning bans
        ), wall_by_quarter as (
            insert into {named(QUARTERS)} as known (begins_at, bans)
            select date_bin('15 minutes', issued_at, 'epoch') as quarter, sum(by)
            from wall_changed group by quarter having sum(by) <> 0
            on conflict (begins_at) do update set bans = known.bans + excluded.bans
            returning begins_at, bans
        )
    """


async def fill_bans(connection: Connection, rows: Sequence[WallRow], named: Named) -> None:
    """Rows of infractions that have none yet, without what they count."""
    await copy(connection, rows, _COLUMNS, named(BANS))


async def count_all(connection: Connection, named: Named) -> None:
    """Counters that count nothing yet, from all rows."""
    await connection.execute(
        f"insert into {named(TOTALS)} select category, severity, count(*) from {named(BANS)}"
        " group by category, severity"
    )
    await connection.execute(
        f"insert into {named(QUARTERS)} select date_bin('15 minutes', issued_at, 'epoch') as quarter, count(*)"
        f" from {named(BANS)} group by quarter"
    )
