"""Statements that are written together, on a real Postgres."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from banstream_event_log.connections import Connection
from banstream_event_log.relay import Seldom
from banstream_event_log.statements import Statement, write
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database


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


def test_how_far_it_came_is_kept_at_once_and_then_not_for_a_while() -> None:
    seldom, always = Seldom(3600), Seldom(0)
    assert [seldom.due(), seldom.due()] == [True, False]
    assert [always.due(), always.due()] == [True, True]
