"""Processes that fold the log together: what becomes of a rebuild when one fails, and of them when it ends."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import asyncpg
import pytest
from services.infractions.tests.test_rebuilding import held, ignored

from banstream_decider import rebuilding
from banstream_decider.folding_processes import FoldingFailed, Order
from banstream_event_log import log
from banstream_event_log.log import Part
from banstream_event_log.postgres import connect
from banstream_infractions.operations import ROLE, SCHEMA
from banstream_infractions.read_models import rebuild
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

JOBS = 3
BANS = 16
UNKNOWN = """
    insert into event_log
    select position + 1, 'player:roblox:77', 1, gen_random_uuid(), 'infraction.lifted', 1,
        jsonb_build_object('type', 'infraction.lifted', 'infraction_id', repeat('0', 24), 'reason', 'secret',
            'player', data -> 'player', 'ended', true, 'punishments', '["ban"]'::jsonb),
        gen_random_uuid(), 0, gen_random_uuid(), gen_random_uuid(), actor, null, now(), now(), hash, hash
    from event_log order by position desc limit 1
"""


def folding() -> list[int]:
    """The processes that fold for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and "folding_processes" in (entry / "cmdline").read_text():
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                found += [int(entry.name)] if int(parent) == os.getpid() else []
        except OSError:
            continue
    return found


def arguments(pid: int) -> str:
    """What everybody on this machine may read of a process."""
    return (Path("/proc") / str(pid) / "cmdline").read_text()


async def begin(database: Database) -> int:
    """A rebuild by several processes."""
    return await rebuilding.rebuild(
        *(database.admin_url, SCHEMA, ROLE, rebuild.TABLES, rebuild.apply, ignored),
        *(1, rebuild.FILLING, JOBS),
    )


@pytest.fixture
async def connection(nats: NatsServer, database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The administrator's, of a database with a log."""
    async with bus(nats) as to, service(nats, database):
        await to.send_all([issue(str(number % 11 + 1), player_name="Trillian") for number in range(BANS)])
    connection = await connect(database.admin_url, search_path=SCHEMA)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def none_gets_on(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """Every process that folds waits, as it needs the keys of persons first."""
    async with connection.transaction():
        await connection.execute("lock table erasable_keys in access exclusive mode")
        yield


async def all_wait(connection: "asyncpg.Connection[asyncpg.Record]") -> list[int]:
    """Until each of them does; their ids."""

    async def waiting() -> bool:
        return bool(await connection.fetchval("select count(*) >= $1 from pg_locks where not granted", JOBS))

    await eventually(waiting)
    assert len(folding()) == JOBS
    return folding()


async def test_a_process_that_is_killed_fails_the_rebuild_and_ends_the_others(
    database: Database, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await held(connection)
    async with none_gets_on(connection):
        running = asyncio.create_task(begin(database))
        os.kill((await all_wait(connection))[1], signal.SIGKILL)
        with pytest.raises(FoldingFailed, match=r"was ended by signal 9$"):
            await running
        assert folding() == []
    assert await held(connection) == before
    assert await begin(database) == BANS
    assert await held(connection) == before


async def test_a_rebuild_that_is_cancelled_leaves_no_process(
    database: Database, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await held(connection)
    async with none_gets_on(connection):
        running = asyncio.create_task(begin(database))
        await all_wait(connection)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert folding() == []
    assert await held(connection) == before


async def test_what_cannot_be_folded_is_told_without_what_it_says(
    database: Database, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    before = await held(connection)
    await connection.execute(UNKNOWN)
    with pytest.raises(FoldingFailed, match=r"ended with 1: LookupError: infraction\.lifted of") as caught:
        await begin(database)
    assert "secret" not in str(caught.value)
    assert folding() == []
    assert await held(connection) == before


async def test_a_process_ends_when_nobody_is_there_any_more_to_be_told(
    database: Database, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    order = Order(database.admin_url, SCHEMA, rebuild.FILLING.name, 1, BANS, 0, 1)
    command = (sys.executable, "-m", "banstream_decider.folding_processes")
    async with none_gets_on(connection):
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        assert process.stdin
        process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        password = database.admin_url.rpartition("@")[0].rpartition(":")[2]
        assert password not in arguments(process.pid)

        async def waiting() -> bool:
            return bool(await connection.fetchval("select count(*) from pg_locks where not granted"))

        await eventually(waiting)
        process.stdin.close()
        assert await process.wait() == 1


async def test_each_stream_is_in_one_part_and_whole(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    whole = await log.read_to_fold(connection, 0, BANS, BANS)
    parts = [await log.read_to_fold(connection, 0, BANS, BANS, Part(number, JOBS)) for number in range(JOBS)]
    assert sorted(event for part in parts for event in part) == sorted(whole)
    streams = [{event.stream for event in part} for part in parts]
    assert sum(map(len, streams)) == len({event.stream for event in whole}) == 11
    assert all(part == sorted(part) for part in parts)
    assert await log.read_to_fold(connection, 0, 3, BANS) == whole[:3]
