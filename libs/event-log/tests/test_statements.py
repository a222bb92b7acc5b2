"""Statements that are written together, on a real Postgres; and the transaction that begins and locks at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from banstream_event_log import log
from banstream_event_log.log import Connection, VersionConflict, appending
from banstream_event_log.relay import Seldom
from banstream_event_log.statements import Statement, write
from banstream_testing.event_logs import NOW, append_all, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually


@pytest.fixture
async def table(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with connected(database.admin_url) as connection:
        await connection.execute("create table put (id integer primary key, text text not null)")
        yield connection


def put(name: str, number: int, text: str) -> Statement:
    ctes = f"{name} as (insert into put select $1::integer, $2::text returning id)"
    return Statement(ctes, (number, text))


async def rows(connection: Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch("select * from put order by id")]


async def test_each_has_its_own_values(table: "asyncpg.Connection[asyncpg.Record]") -> None:
    await write(table, [put("one", 1, "first"), put("two", 2, "second"), put("three", 3, "third")])
    assert await rows(table) == [(1, "first"), (2, "second"), (3, "third")]


async def test_nothing_is_asked_where_there_is_nothing_to_write(table: "asyncpg.Connection[asyncpg.Record]") -> None:
    await table.close()
    await write(table, [])


async def test_all_are_written_or_none(table: "asyncpg.Connection[asyncpg.Record]") -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(table, [put("one", 1, "first"), put("two", 1, "second")])
    assert await rows(table) == []


async def test_none_sees_what_another_writes_and_what_it_tells_is_acted_on(
    table: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    told: list[tuple[str, object]] = []

    def telling(name: str, expression: str) -> Statement:
        async def then(_connection: Connection, value: object) -> None:
            told.append((name, value))

        return Statement(
            f"{name} as (select count(*) as held from put where id <> $1::integer)", (0,), expression, then
        )

    await write(
        table,
        [
            put("one", 1, "first"),
            telling("seen", "(select held from seen)"),
            telling("nothing", "(select held from nothing where held > $1::integer)"),
        ],
    )
    assert told == [("seen", 0)]


async def test_a_position_that_is_taken_is_a_conflict_and_what_goes_with_it_is_not_written(database: Database) -> None:
    await append_all(database.service_url, event())
    async with connected(database.service_url) as connection:
        _, parts = await appending(connection, [event()], NOW, await log.locked_end(connection))
        kept = Statement("kept as (insert into relay_position select 'test', $1::bigint)", (7,))
        with pytest.raises(VersionConflict):
            await log.write(connection, [*parts, kept])
        assert await connection.fetchval("select count(*) from relay_position") == 0
        assert await log.head(connection) == 1


async def test_a_transaction_commits_what_was_appended_and_takes_it_back_on_an_error(database: Database) -> None:
    async with connected(database.service_url) as connection:
        async with log.transaction(connection) as end:
            assert end.position == 0
            logged, parts = await appending(connection, [event()], NOW, end)
            await log.write(connection, parts)

        async def broken() -> None:
            async with log.transaction(connection) as end:
                assert (end.position, end.hash) == (1, logged[0].hash)
                await log.append(connection, [event(version=2)], NOW, end)
                raise LookupError

        with pytest.raises(LookupError):
            await broken()
        assert await log.head(connection) == 1
        assert not connection.is_in_transaction()


async def test_who_waits_for_the_lock_sees_what_the_one_before_has_appended(database: Database) -> None:
    ends: list[int] = []
    begun = asyncio.Event()

    async def second() -> None:
        await begun.wait()
        async with connected(database.service_url) as connection, log.transaction(connection) as end:
            ends.append(end.position)

    waiting = asyncio.create_task(second())
    async with connected(database.service_url) as connection, connected(database.admin_url) as admin:

        async def somebody_waits() -> bool:
            return bool(await admin.fetchval("select exists (select from pg_locks where not granted)"))

        async with log.transaction(connection) as end:
            begun.set()
            await eventually(somebody_waits)
            await log.append(connection, [event()], NOW, end)
        await waiting
    assert ends == [1]


def test_how_far_it_came_is_kept_at_once_and_then_not_for_a_while() -> None:
    seldom, always = Seldom(3600), Seldom(0)
    assert [seldom.due(), seldom.due()] == [True, False]
    assert [always.due(), always.due()] == [True, True]
