"""Tables made anew beside those in use: filled with no index but their keys, then given the others, then put in place.

An index that is made of a full table costs less than one that is kept while the table fills.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

import asyncpg

from banstream_runtime.tasks import ended

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Work = Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[None]]

_SUFFIX = "_rebuilt"
_KEYS = """
    select conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where conrelid = $1::regclass and contype in ('p', 'u')
"""
_OTHERS = """
    select relname as name, indisunique as is_unique, amname = 'gin' as is_slow,
        substring(pg_get_indexdef(indexrelid) from ' USING .*') as definition
    from pg_index join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam
    where indrelid = $1::regclass and not exists (
        select from pg_constraint where conindid = indexrelid and conrelid = indrelid
    )
"""
_OPTIONS = "select array_to_string(reloptions, ', ') from pg_class where oid = $1::regclass"
_GIVEN = "select relname from pg_index join pg_class on oid = indexrelid where indrelid = $1::regclass"
_MEMORY = "set maintenance_work_mem = '128MB'"


def rebuilt(table: str) -> str:
    """The name of a table or an index while it is made anew."""
    return f"{table}{_SUFFIX}"


async def create(connection: Connection, tables: Sequence[str], role: str) -> None:
    """Empty, in the place of those that an interrupted rebuild has left."""
    for table in tables:
        await connection.execute(f"drop table if exists {rebuilt(table)}")
        await connection.execute(f"create table {rebuilt(table)} (like {table} including all excluding indexes)")
        if options := await connection.fetchval(_OPTIONS, table):  # how full its pages are to be: not copied with it
            await connection.execute(f"alter table {rebuilt(table)} set ({options})")
        for key in await connection.fetch(_KEYS, table):
            await connection.execute(
                f"alter table {rebuilt(table)} add constraint {rebuilt(key['name'])} {key['definition']}"
            )
        await connection.execute(f"grant select, insert, update, delete on {rebuilt(table)} to {role}")


async def add_indexes(connections: Sequence[Connection], tables: Sequence[str], meanwhile: Sequence[Work] = ()) -> None:
    """All that the tables in use have, one at a time by each connection, those that take longest first.

    `meanwhile` is what else has to be done once the tables are full. After it all the planner knows the tables, and
    Postgres which of their pages everybody sees: the first searches would look at each row for it.
    """
    indexes = [(index, table) for table in tables for index in await connections[0].fetch(_OTHERS, table)]
    indexes.sort(key=lambda each: each[0]["is_slow"], reverse=True)
    await _shared(connections, [*meanwhile, *(_index(table, index) for index, table in indexes)])
    await _shared(connections, [_statement(f"vacuum (analyze) {rebuilt(table)}") for table in tables])


def _index(table: str, index: asyncpg.Record) -> Work:
    kind = "unique index" if index["is_unique"] else "index"
    return _statement(f"create {kind} {rebuilt(index['name'])} on {rebuilt(table)}{index['definition']}", _MEMORY)


def _statement(statement: str, before: str = "") -> Work:
    async def execute(connection: Connection) -> None:
        if before:
            await connection.execute(before)
        await connection.execute(statement)

    return execute


async def _shared(connections: Sequence[Connection], works: Iterable[Work]) -> None:
    """Each by the connection that is free first, in this order; none goes on where one fails."""
    left = iter(works)

    async def work(connection: Connection) -> None:
        for each in left:
            await each(connection)

    working = [asyncio.create_task(work(connection)) for connection in connections]
    try:
        for each in working:
            await each
    finally:
        for each in working:
            await ended(each)


async def put_in_place(connection: Connection, tables: Sequence[str]) -> None:
    """Within a transaction, which is durable: what was made takes the place and every name of what was in use."""
    await connection.execute("set local synchronous_commit = on")
    for table in tables:
        given = [row["relname"] for row in await connection.fetch(_GIVEN, rebuilt(table))]
        await connection.execute(f"drop table {table}")
        await connection.execute(f"alter table {rebuilt(table)} rename to {table}")
        for name in given:
            await connection.execute(f"alter index {name} rename to {name.removesuffix(_SUFFIX)}")
