"""The read model of staff's search with its counters, written in the transaction of the events."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from struct import unpack

from banstream_contracts.infractions import Infraction
from banstream_event_log.connections import Connection
from banstream_event_log.statements import Statement, write
from banstream_infractions.read_models import issued
from banstream_infractions.read_models.index_keys import SIZE
from banstream_infractions.read_models.packing import copy_packed, flag, moment, numbers, text, texts
from banstream_infractions.read_models.search_rows import SearchRow, row_of
from banstream_infractions.read_models.wall import Named

SEARCH = "infraction_search"
TABLES = (SEARCH, *issued.TABLES)

_REMEMBERED = 512
"""The same marks come together again and again."""

_packed_marks = lru_cache(_REMEMBERED)(texts)


async def put_rows(connection: Connection, infractions: Iterable[Infraction], named: Named = str) -> None:
    """Insert or replace, and count; a row that stays as it is is not written, as time served changes none."""
    await write(connection, putting_rows(infractions, named))


def putting_rows(infractions: Iterable[Infraction], named: Named = str) -> list[Statement]:
    """The same, to be written together with other things.

    Arrays of arrays have to be of one length, so they travel as text: no mark holds a line end.
    """
    rows = [row_of(infraction) for infraction in infractions]
    if not rows:
        return []
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
            _literal(row.keys),
        )
        for row in rows
    )
    ctes = f"{_put(named(SEARCH))}, {issued.counting(named)}"
    told = f"(select array_agg(emptied) from ({issued.EMPTIED}) as emptied)"
    return [Statement(ctes, tuple(zip(*values, strict=True)), told, partial(issued.drop, named=named))]


async def fill_rows(connection: Connection, rows: Sequence[SearchRow], named: Named) -> None:
    """Rows of infractions that have none yet, without what they count."""
    await copy_packed(connection, [*map(_packed, rows)], SearchRow._fields, named(SEARCH))


def _literal(keys: bytes) -> str:
    """As Postgres reads an array."""
    return f"{{{str([*unpack(f'>{len(keys) // SIZE}i', keys)])[1:-1]}}}"


def _packed(row: SearchRow) -> tuple[bytes, ...]:
    return (
        text(row.id),
        moment(row.issued_at),
        moment(row.ends_at),
        text(row.category),
        flag(row.is_ban),
        flag(row.is_active),
        text(row.search),
        _packed_marks(row.marks),
        numbers(row.keys),
    )


def _put(table: str) -> str:
    """CTEs that write the rows, and say in `changed` what that changes: all of them see what was there before."""
    return f"""
        new as (
            select id, issued_at, ends_at, category, is_ban, is_active, search, string_to_array(marks, e'\\n') as marks,
                keys::integer[] as keys
            from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::boolean[], $6::boolean[],
                $7::text[], $8::text[], $9::text[])
                as new (id, issued_at, ends_at, category, is_ban, is_active, search, marks, keys)
        ), held as (
            select id, issued_at, category, is_ban from {table} where id = any($1::text[])
        ), put as (
            insert into {table} as known (id, issued_at, ends_at, category, is_ban, is_active, search, marks, keys)
            select id, issued_at, ends_at, category, is_ban, is_active, search, marks, keys from new
            on conflict (id) do update set ends_at = excluded.ends_at, category = excluded.category,
                is_ban = excluded.is_ban, is_active = excluded.is_active, search = excluded.search,
                marks = excluded.marks, keys = excluded.keys
            where (known.ends_at, known.marks, known.search)
                is distinct from (excluded.ends_at, excluded.marks, excluded.search)
        ), changed as (
            select issued_at, category, is_ban, -1 as by from held
            union all
            select coalesce(held.issued_at, new.issued_at), new.category, new.is_ban, 1
            from new left join held using (id)
        )
    """
