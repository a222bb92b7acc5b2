"""The store on a real Postgres: what a transaction writes goes there as one, and much of it as it is made."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from banstream_abuse_tracker.domain.batch import stream_of
from banstream_abuse_tracker.postgres import PostgresStore
from banstream_abuse_tracker.service import deciding
from banstream_contracts.commands.abuse import AnyAbuseCommand
from banstream_contracts.players import Player
from banstream_decider.ports import Decider, Received
from banstream_event_log.fresh import Fresh
from banstream_event_log.verification import verify
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import incident, report
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

MOST_STATEMENTS = 9
"""Begin and lock, the end of the log, outcomes, players, policies, incidents, keys, all that is written, commit."""


@pytest.fixture
async def connection(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with connected(database.abuse_url, "abuse_tracker") as connection:
        yield connection


def tracker(connection: "asyncpg.Connection[asyncpg.Record]", fresh: Fresh | None = None) -> Decider[AnyAbuseCommand]:
    return deciding(PostgresStore(connection, fresh), lambda: datetime.now(UTC), new_id)


async def test_one_incident_takes_nine_ways_to_postgres(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    decider = tracker(connection)
    await decider.execute([Received(report(incident()))])
    asked: list[str] = []
    connection.add_query_logger(lambda query: asked.append(query.query))
    await decider.execute([Received(report(incident(player=Player(service="roblox", id="2"))))])
    asked = [query for query in asked if "pg_type" not in query]
    assert len(asked) <= MOST_STATEMENTS, asked


async def test_a_batch_that_is_written_while_it_is_made_is_whole(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    fresh = Fresh()
    players = [Player(service="roblox", id=str(number)) for number in range(1, 601)]
    commands = [report(*(incident(player=each) for each in players[first : first + 300])) for first in (0, 300, 0)]
    results = await tracker(connection, fresh).execute([Received(each) for each in commands])
    assert [result.status for result in results] == ["applied"] * 3
    assert (await verify(connection)).broken_at is None
    assert len(fresh.after(0, 2000)) == results[-1].position == 900
    store = PostgresStore(connection)
    known = await store.players(map(stream_of, players))
    assert [known[stream_of(each)].version for each in (players[0], players[599])] == [2, 1]
    assert await store.outcomes(each.command_id for each in commands) == {
        result.command_id: result for result in results
    }
