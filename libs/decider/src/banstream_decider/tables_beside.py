"""Tables made anew beside those in use: filled with no index but their keys, then given the others, then put in place.

An index that is made of a full table costs less than one that is kept while the table fills.
"""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from banstream_runtime.tasks import ended

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

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
        for key in await connection.fetch(_KEYS, table):
            await connection.execute(
                f"alter table {rebuilt(table)} add constraint {rebuilt(key['name'])} {key['definition']}"
            )
        await connection.execute(f"grant select, insert, update, delete on {rebuilt(table)} to {role}")


async def add_indexes(connections: Sequence[Connection], tables: Sequence[str]) -> None:
    """All that the tables in use have, one at a time by each connection, those that take longest first."""
    left = [(index, table) for table in tables for index in await connections[0].fetch(_OTHERS, table)]
    left.sort(key=lambda each: each[0]["is_slow"])

    async def work(connection: Connection) -> None:
        await connection.execute(_MEMORY)
        while left:
            index, table = left.pop()
            kind = "unique index" if index["is_unique"] else "index"
            await connection.execute(f"create {kind} {rebuilt(index['name'])} on {rebuilt(table)}{index['definition']}")

    working = [asyncio.create_task(work(connection)) for connection in connections]
    try:
        for each in working:
            await each
    finally:
        for each in working:
            await ended(each)
    for table in tables:
        await connections[0].execute(f"analyze {rebuilt(table)}")


async def put_in_place(connection: Connection, tables: Sequence[str]) -> None:
    """Within a transaction, which is durable: what was made takes the place and every name of what was in use."""
    await connection.execute("set local synchronous_commit = on")
    for table in tables:
        given = [row["relname"] for row in await connection.fetch(_GIVEN, rebuilt(table))]
        await connection.execute(f"drop table {table}")
        await connection.execute(f"alter table {rebuilt(table)} rename to {table}")
        for name in given:
            await connection.execute(f"alter index {name} rename to {name.removesuffix(_SUFFIX)}")
