"""The store on a real Postgres: what a transaction writes goes there as one, and is seen by whoever asks after it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from banstream_contracts.infractions import Punishment
from banstream_decider.frame import failed
from banstream_decider.ports import Received
from banstream_event_log.writing import VersionConflict
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import NOW, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, issue

MOST_STATEMENTS = 6
"""Begin and lock, the end of the log, outcomes, the player's events, everything that is written, commit."""


@pytest.fixture
async def connection(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with connected(database.service_url) as connection:
        yield connection


def infractions(connection: "asyncpg.Connection[asyncpg.Record]") -> Infractions:
    return Infractions(PostgresStore(connection), Privacy(MASTER_KEY), lambda: datetime.now(UTC), new_id)


async def test_one_ban_takes_six_ways_to_postgres(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    decider = infractions(connection)
    await decider.execute([Received(issue("1"))])
    asked: list[str] = []
    connection.add_query_logger(lambda query: asked.append(query.query))
    await decider.execute([Received(issue("2"))])
    asked = [query for query in asked if "pg_type" not in query]
    assert len(asked) <= MOST_STATEMENTS, asked


async def test_what_is_asked_within_a_transaction_sees_what_was_written_before(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    decider, store = infractions(connection), PostgresStore(connection)
    (result,) = await decider.execute([Received(issue("1"))])
    async with store.transaction() as head:
        logged = await store.append([event(version=2)], NOW)
        assert [each.position for each in logged] == [head + 1]
        assert [each.version for each in (await store.load(["player:roblox:1"]))["player:roblox:1"]] == [1, 2]
        assert (await store.standings(["roblox=1"]))["roblox=1"].position == head + 1
        await store.remember([result.model_copy(update={"command_id": (command_id := new_id())})], NOW)
        assert command_id in await store.outcomes([command_id])


async def test_an_outcome_that_failed_gives_way_and_no_other_ever_does(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    store, command = PostgresStore(connection), issue("1")
    lost = failed(command, "the disk was full")
    done = lost.model_copy(update={"status": "applied", "refusal": None})
    kept = []
    for result in (lost, done, lost, done.model_copy(update={"position": 9})):
        async with store.transaction():
            await store.remember([result], NOW)
            kept.append((await store.outcomes([command.command_id])).get(command.command_id))
    assert kept == [None, done, done, done]


async def test_a_conflict_is_told_by_the_end_of_the_transaction_and_nothing_of_it_stays(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    decider, store = infractions(connection), PostgresStore(connection)
    (result,) = await decider.execute([Received(issue("1"))])
    again = result.model_copy(update={"command_id": new_id()})

    async def conflicting() -> None:
        async with store.transaction():
            await store.append([event()], NOW)
            await store.remember([again], NOW)

    with pytest.raises(VersionConflict):
        await conflicting()
    assert await store.outcomes([again.command_id, result.command_id]) == {
        result.command_id: result.model_copy(update={"standings": {}})
    }
    assert await connection.fetchval("select count(*) from event_log") == 1


async def test_what_a_broken_transaction_was_to_write_is_not_written_by_the_next(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    store = PostgresStore(connection)

    async def broken() -> None:
        async with store.transaction():
            await store.append([event()], NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await broken()
    async with store.transaction() as head:
        assert head == 0
    assert await connection.fetchval("select count(*) from event_log") == 0


async def test_a_wall_row_goes_and_comes_with_what_it_counts(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """A batch that holds a ban and one that is no ban writes both; nothing is counted that is not there."""
    decider = infractions(connection)
    await decider.execute([Received(issue("1")), Received(issue("2", punishments=(Punishment.CHAT_BLOCK,)))])
    assert await connection.fetchval("select count(*) from wall_bans") == 1
    assert await connection.fetchval("select sum(bans) from wall_totals") == 1
    assert await connection.fetchval("select sum(bans) from wall_quarters") == 1
