"""1,000 bans, 50 of them sent twice, infractions killed five times meanwhile."""

import asyncio

import asyncpg
import pytest

from banstream_contracts import subjects
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.steps import Answer, ban, banstream, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

BANS, TWICE, KILLS, CLIENTS = 1000, 50, 5, 32
SETTINGS = {"BANSTREAM_COMMAND_TIMEOUT_SECONDS": "0.2"}


async def count(system: System) -> int:
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        return int(await connection.fetchval("select count(*) from infractions.infractions"))
    finally:
        await connection.close()


async def test_each_ban_happens_exactly_once(system: System) -> None:
    players = [somebody() for _ in range(BANS)]
    requests = players + players[:: BANS // TWICE]
    clients = asyncio.Semaphore(CLIENTS)
    answers: list[Answer] = []

    async def one(player: str) -> None:
        async with clients:
            answers.append(await ban(system, player, key=f"ban {player}"))

    async def kill() -> None:
        for number in range(1, KILLS + 1):

            async def has_moved(goal: int = number * len(requests) // (KILLS + 1)) -> bool:
                return len(answers) >= goal

            await eventually(has_moved, 60)
            system.infractions.kill()
            system.infractions.start()

    await asyncio.gather(kill(), *(one(player) for player in requests))
    assert {answer.status for answer in answers} <= {201, 202}

    async def all_are_there() -> bool:
        return await count(system) == BANS

    await eventually(all_are_there, 60)
    await the_stream_equals_the_log(system)
    verified = await banstream(system, "log", "verify", "--json")
    assert verified.code == 0, verified


async def the_stream_equals_the_log(system: System) -> None:
    connection = await asyncpg.connect(system.admin_database_url)
    rows = await connection.fetch("select event_id from infractions.event_log order by position")
    await connection.close()
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    subscription = await client.jetstream().subscribe(subjects.EVENTS, ordered_consumer=True)
    published = [(await subscription.next_msg(60)).headers for _ in rows]
    assert [str(row["event_id"]) for row in rows] == [(each or {})["ce-id"] for each in published]
    assert subscription.pending_msgs == 0
    await client.close()
