import asyncio

import asyncpg
import pytest
from msgspec.structs import replace

from banstream_event_log.chain import GENESIS
from banstream_event_log.log import head, load, read, walk
from banstream_event_log.writing import VersionConflict
from banstream_testing.event_logs import append_all, connected, event
from banstream_testing.fixtures import Database

CHANGES = (
    "update event_log set data = '{}'",
    "update event_log set data = '{}' where false",
    "delete from event_log",
    "truncate event_log",
)


async def test_positions_have_no_gaps_and_each_row_names_the_one_before(database: Database) -> None:
    await append_all(database.service_url, event(), event(version=2))
    await append_all(database.service_url, event("player:roblox:2"))
    async with connected(database.service_url) as connection:
        events = await read(connection, 0, 10)
    assert [each.position for each in events] == [1, 2, 3]
    assert [each.previous_hash for each in events] == [GENESIS, events[0].hash, events[1].hash]


async def test_a_version_that_is_taken_is_a_conflict_and_writes_nothing(database: Database) -> None:
    await append_all(database.service_url, event())
    with pytest.raises(VersionConflict):
        await append_all(database.service_url, event("player:roblox:2"), event())
    async with connected(database.service_url) as connection:
        assert await head(connection) == 1


async def test_a_command_that_is_in_the_log_is_a_conflict(database: Database) -> None:
    first = event()
    await append_all(database.service_url, first)
    again = replace(event("player:roblox:2"), command_id=first.command_id)
    with pytest.raises(VersionConflict):
        await append_all(database.service_url, again)


async def test_many_writers_leave_no_gap_and_no_fork(database: Database) -> None:
    writers = [append_all(database.service_url, event(f"player:roblox:{n}")) for n in range(20)]
    await asyncio.gather(*writers)
    async with connected(database.service_url) as connection:
        positions = [each.position async for each in walk(connection, page=7)]
    assert positions == list(range(1, 21))


async def test_streams_are_loaded_in_order_and_an_unknown_one_is_empty(database: Database) -> None:
    await append_all(database.service_url, event(), event("player:roblox:2"), event(version=2))
    async with connected(database.service_url) as connection:
        streams = await load(connection, ["player:roblox:1", "nowhere:"])
    assert [each.version for each in streams["player:roblox:1"]] == [1, 2]
    assert streams["nowhere:"] == []


@pytest.mark.parametrize("change", CHANGES)
async def test_the_service_role_cannot_change_the_log(database: Database, change: str) -> None:
    await append_all(database.service_url, event())
    async with connected(database.service_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change)


@pytest.mark.parametrize("change", CHANGES)
async def test_the_owner_cannot_change_the_log_either(database: Database, change: str) -> None:
    await append_all(database.service_url, event())
    async with connected(database.admin_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(change)


async def test_the_service_role_cannot_remove_the_trigger(database: Database) -> None:
    async with connected(database.service_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("alter table event_log disable trigger all")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("drop table event_log")
