"""The one writer of a log, on a real Postgres: what is little is written at once, what is much while more is made."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import pytest

from banstream_event_log import log
from banstream_event_log.connections import Connection
from banstream_event_log.fresh import Fresh
from banstream_event_log.postgres import TRANSIENT
from banstream_event_log.statements import Statement
from banstream_event_log.verification import verify
from banstream_event_log.writing import LogWriter, VersionConflict
from banstream_testing.event_logs import NOW, append_all, appended, connected, event
from banstream_testing.fixtures import Database
from banstream_testing.waiting import eventually

MANY = [event(f"player:roblox:{number}", player_name="Zaphod") for number in range(1, 1203)]
PLACES = [0] * 500
"""So long that what writes them is on its way at once."""


def remembering(position: int) -> Statement:
    return Statement("remembered as (insert into relay_position select 'test', $1::bigint)", (position,))


def waiting(seconds: int) -> Statement:
    return Statement(f"waited as (select pg_sleep({seconds}) from (select $1::integer[]) as places)", (PLACES,), WAITED)


ROW = """
    insert into event_log select 9999, $1, 1, gen_random_uuid(), 'test', 1, '{}', gen_random_uuid(), 0,
        gen_random_uuid(), gen_random_uuid(), '{}', null, now(), now(), '', ''
"""
"""Written without asking for the lock."""
WAITED = "(select count(*) from waited)"


async def remembered(connection: Connection) -> int:
    return int(await connection.fetchval("select count(*) from relay_position"))


async def test_what_was_appended_is_committed_and_on_an_error_taken_back(database: Database) -> None:
    fresh = Fresh()
    async with connected(database.service_url) as connection:
        writer = LogWriter(connection, fresh)
        async with writer.transaction() as head:
            assert head == 0
            await writer.append([event()], NOW)

        async def broken() -> None:
            async with writer.transaction() as head:
                assert head == 1
                await writer.append([event(version=2)], NOW)
                await writer.put(remembering(2))
                raise LookupError

        with pytest.raises(LookupError):
            await broken()
        assert not connection.is_in_transaction()
        assert (await log.head(connection), await remembered(connection)) == (1, 0)
        async with writer.transaction():
            await writer.append([again := event(version=2)], NOW)
        assert (await verify(connection)).broken_at is None
    assert [each.position for each in fresh.after(0, 9)] == [1, 2]
    assert fresh.after(1, 9)[0].event_id == again.event_id


async def test_a_stream_that_others_wrote_to_is_a_conflict_and_what_goes_with_it_is_not_written(
    database: Database,
) -> None:
    await append_all(database.service_url, event())
    async with connected(database.service_url) as connection:
        writer = LogWriter(connection)

        async def behind() -> None:
            async with writer.transaction():
                await writer.append([event()], NOW)
                await writer.put(remembering(7))

        with pytest.raises(VersionConflict):
            await behind()
        assert (await log.head(connection), await remembered(connection)) == (1, 0)


async def test_many_events_follow_each_other_and_are_all_there_at_the_end(database: Database) -> None:
    async with connected(database.service_url) as connection, connected(database.service_url) as other:
        writer = LogWriter(connection)
        async with writer.transaction():
            first = await writer.append(MANY[:1], NOW)
            logged = [*first, *await writer.append(MANY[1:], NOW)]
            await writer.put(remembering(len(logged)))
            assert await log.head(other) == 0
        assert [each.position for each in logged] == [*range(1, len(MANY) + 1)]
        assert all(after.previous_hash == before.hash for before, after in pairwise(logged))
        assert await log.read(other, 0, 2000) == logged
        assert (await verify(connection)).broken_at is None
        assert {each.data["player_name"] for each in await log.read_opened(other, 0, 2000)} == {"Zaphod"}
        assert await remembered(other) == 1


@pytest.mark.parametrize("place", [0, 700, 1201], ids=["first", "middle", "last"])
async def test_of_many_events_one_that_conflicts_takes_back_all(database: Database, place: int) -> None:
    await append_all(database.service_url, event(MANY[place].stream))
    async with connected(database.service_url) as connection:
        with pytest.raises(VersionConflict):
            await appended(connection, *MANY)
        assert await log.head(connection) == 1
        await appended(connection, event("player:roblox:0"))
        assert await log.head(connection) == 2


async def test_what_is_much_is_on_its_way_while_more_is_made_and_what_follows_waits(database: Database) -> None:
    async with connected(database.service_url) as connection, connected(database.admin_url) as admin:
        writer = LogWriter(connection)

        async def is_writing() -> bool:
            asked = "select exists (select from pg_stat_activity where wait_event = 'PgSleep')"
            return bool(await admin.fetchval(asked))

        async with writer.transaction():
            await writer.put(waiting(1))
            await eventually(is_writing)
            await writer.put(remembering(1))
            assert await is_writing()
            assert await remembered(await writer.written()) == 1
            assert not await is_writing()


@pytest.mark.parametrize("how", ["error", "cancelled"])
async def test_what_is_on_its_way_when_a_transaction_fails_holds_nothing_up(database: Database, how: str) -> None:
    on_its_way = asyncio.Event()
    async with connected(database.service_url) as connection:
        writer = LogWriter(connection)

        async def failing() -> None:
            async with writer.transaction():
                await writer.put(waiting(600))
                on_its_way.set()
                if how == "error":
                    raise LookupError
                await asyncio.Event().wait()

        task = asyncio.create_task(failing())
        await on_its_way.wait()
        if how == "cancelled":
            task.cancel()
        with suppress(LookupError, asyncio.CancelledError):
            await asyncio.wait_for(task, 30)
        assert task.done()
        async with writer.transaction():
            await writer.append([event()], NOW)
        assert await log.head(connection) == 1


async def test_events_on_their_way_when_a_transaction_fails_hold_nothing_up(database: Database) -> None:
    async with connected(database.service_url) as connection, connected(database.service_url) as other:
        writer = LogWriter(connection)

        async def failing() -> None:
            async with writer.transaction():
                await writer.append(MANY[:500], NOW)
                await eventually(is_held_up)
                raise LookupError

        async def is_held_up() -> bool:
            asked = "select exists (select from pg_locks where not granted and locktype = 'transactionid')"
            return bool(await other.fetchval(asked))

        async with other.transaction():
            await other.execute(ROW, MANY[499].stream)
            with pytest.raises(LookupError):
                await asyncio.wait_for(failing(), 30)
        assert await log.head(connection) == 9999
        assert not connection.is_in_transaction()


async def test_a_connection_that_is_lost_while_much_is_on_its_way_is_told_and_nothing_stays(database: Database) -> None:
    async with connected(database.service_url) as connection, connected(database.admin_url) as admin:
        writer = LogWriter(connection)

        async def losing() -> None:
            async with writer.transaction():
                await writer.append(MANY, NOW)
                await writer.put(waiting(600))
                await admin.execute("select pg_terminate_backend($1)", connection.get_server_pid())
                await writer.written()

        with pytest.raises(TRANSIENT):
            await asyncio.wait_for(losing(), 30)
        assert connection.is_closed()
        assert await log.head(admin) == 0


async def test_who_waits_for_the_lock_sees_what_the_one_before_has_appended(database: Database) -> None:
    heads: list[int] = []
    begun = asyncio.Event()

    async def second() -> None:
        await begun.wait()
        async with connected(database.service_url) as connection, LogWriter(connection).transaction() as head:
            heads.append(head)

    waits = asyncio.create_task(second())
    async with connected(database.service_url) as connection, connected(database.admin_url) as admin:

        async def somebody_waits() -> bool:
            return bool(await admin.fetchval("select exists (select from pg_locks where not granted)"))

        writer = LogWriter(connection)
        async with writer.transaction():
            begun.set()
            await eventually(somebody_waits)
            await writer.append([event()], NOW)
        await waits
    assert heads == [1]
