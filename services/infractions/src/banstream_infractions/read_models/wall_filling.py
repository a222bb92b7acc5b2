"""Filling the wall and the search of a database that had infractions before it had those, or keys of the search.

They are made beside the empty ones: the log is locked only for what was written meanwhile. The counters of what was
issued are younger than the search; there they are counted with the log locked, a second or two a million infractions.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from banstream_contracts.infractions import Infraction
from banstream_decider import rebuilding, tables_beside
from banstream_decider.rebuilding import rebuilt
from banstream_event_log import erasure, log
from banstream_event_log.connections import Connection
from banstream_infractions.read_models import issued, search, search_rows, wall, wall_rows

_PAGE = 5000

_Put = Callable[[Connection, Iterable[Infraction]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Filling:
    """What says that a read model waits to be filled, its tables, and what fills those of the new names.

    `fill` writes rows that are not there yet, which `count` counts when all of them are; `put` replaces and counts.
    """

    is_due: str
    tables: Sequence[str]
    fill: _Put
    count: Callable[[Connection], Awaitable[None]]
    put: _Put


async def _fill_bans(connection: Connection, infractions: Iterable[Infraction]) -> None:
    await wall.fill_bans(connection, [*filter(None, map(wall_rows.row_of, infractions))], rebuilt)


async def _count_bans(connection: Connection) -> None:
    await wall.count_all(connection, rebuilt)


async def _put_bans(connection: Connection, infractions: Iterable[Infraction]) -> None:
    await wall.put_bans(connection, infractions, rebuilt)


async def _fill_rows(connection: Connection, infractions: Iterable[Infraction]) -> None:
    await search.fill_rows(connection, [*map(search_rows.row_of, infractions)], rebuilt)


async def _count_rows(connection: Connection) -> None:
    await issued.count_all(connection, rebuilt(search.SEARCH), rebuilt)


async def _put_rows(connection: Connection, infractions: Iterable[Infraction]) -> None:
    await search.put_rows(connection, infractions, rebuilt)


_WALL = _Filling(
    "select not exists (select from wall_bans) and not exists (select from wall_quarters)"
    " and exists (select from infractions where status = 'active' and not is_warning)",
    wall.TABLES,
    _fill_bans,
    _count_bans,
    _put_bans,
)
_SEARCH = _Filling(
    "select coalesce((select keys is null from infraction_search order by issued_at, id limit 1), true)"
    " and exists (select from infractions)",
    search.TABLES,
    _fill_rows,
    _count_rows,
    _put_rows,
)
_IS_UNCOUNTED = "select not exists (select from issued_days) and exists (select from infraction_search)"


async def fill(admin_database_url: str, schema: str, role: str) -> int:
    """Put every infraction on a wall, and in a search, that is empty; returns how many were looked at.

    Waits for a rebuild that is running, which fills them too.
    """
    async with rebuilding.alone(admin_database_url, schema, waits=True) as connection:
        count = sum([await _fill_if_due(connection, filling, role) for filling in (_WALL, _SEARCH)])
        await _count_if_due(connection)
        return count


async def _fill_if_due(connection: rebuilding.Connection, filling: _Filling, role: str) -> int:
    if not await connection.fetchval(filling.is_due):
        return 0
    begun = await log.head(connection)
    await tables_beside.create(connection, filling.tables, role)
    count = await _write(connection, filling.fill)
    await filling.count(connection)
    await tables_beside.add_indexes((connection,), filling.tables)
    async with connection.transaction():
        await log.lock(connection)
        await _write(connection, filling.put, begun, await erasure.erased_since(connection, begun))
        await tables_beside.put_in_place(connection, filling.tables)
    return count


async def _count_if_due(connection: rebuilding.Connection) -> None:
    if await connection.fetchval(_IS_UNCOUNTED):
        async with connection.transaction():
            await log.lock(connection)
            await issued.recount(connection, search.SEARCH)


async def _write(connection: rebuilding.Connection, put: _Put, position: int = 0, erased: Sequence[str] = ()) -> int:
    """Those that changed behind a position, and those of streams whose person was erased, which gives them none."""
    count = 0
    async for infractions in _changed_since(connection, position, erased):
        await put(connection, infractions)
        count += len(infractions)
    return count


async def _changed_since(
    connection: Connection, position: int, erased: Sequence[str]
) -> AsyncIterator[list[Infraction]]:
    """A page at a time."""
    last = ""
    while rows := await connection.fetch(
        "select id, document from infractions where (position > $1 or stream = any($2)) and id > $3"
        " order by id limit $4",
        position,
        erased,
        last,
        _PAGE,
    ):
        yield [Infraction.model_validate(row["document"]) for row in rows]
        last = rows[-1]["id"]
