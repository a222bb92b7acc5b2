"""A new master key on real NATS and Postgres: nothing is lost on the way, and the old one is not needed at its end."""

import asyncio

import asyncpg
import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, OTHER_ADDRESS, amended, minecraft_ban, sealed

from banstream_contracts import streams
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.sealed import SealedAddress
from banstream_infractions import operations
from banstream_infractions.personal import MasterKeyUnfit, found
from banstream_infractions.sinks.ban_list import BanListBucket
from banstream_privacy.addresses import address_hash
from banstream_privacy.key_ring import KeyRing
from banstream_privacy.sharing import ban_list_key, opened
from banstream_privacy.transit import seal, sealing_public_key
from banstream_privacy.vault import wrap
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

NEW = b"n" * 32
RING = KeyRing(NEW, MASTER_KEY)
OLD_ONE, NEW_ONE = "player:minecraft:before", "player:minecraft:after"


def sealed_for_the_new_key(address: str) -> SealedAddress:
    return SealedAddress(hash=address_hash(b"k" * 32, address), sealed=seal(sealing_public_key(NEW), address))


async def is_listed_with(to: Bus, ban: IssueInfraction, key: bytes, address: str) -> bool:
    entry = await to.entry(streams.BAN_LIST_BUCKET, ban.infraction_id)
    try:
        return entry is not None and opened(ban_list_key(key), ban.infraction_id, entry["sealed_address"]) == address
    except Exception:  # noqa: BLE001 - whatever a wrong key does
        return False


async def addresses_with(database: Database, key: bytes) -> set[str | None]:
    async with connected(database.admin_url) as connection:
        personal = await found(connection, key, [OLD_ONE, NEW_ONE])
    assert not personal.unreadable
    return {each.address for each in personal.opened.values()}


async def test_a_master_key_is_replaced_without_losing_anything(nats: NatsServer, database: Database) -> None:
    before = minecraft_ban("Before", address=sealed(ADDRESS))
    on_the_way = minecraft_ban("Before", address=sealed(OTHER_ADDRESS))
    after = minecraft_ban("After", address=sealed_for_the_new_key(OTHER_ADDRESS))
    async with bus(nats) as to:
        async with service(nats, database):
            await to.send(before)
            await eventually(lambda: is_listed_with(to, before, MASTER_KEY, ADDRESS))
        await to.publish(on_the_way)
        async with service(nats, database, RING):
            assert (await to.send(after)).status == "applied"
            await eventually(lambda: is_listed_with(to, after, NEW, OTHER_ADDRESS))
            await eventually(lambda: is_listed_with(to, before, NEW, ADDRESS))
            await eventually(lambda: is_listed_with(to, on_the_way, NEW, OTHER_ADDRESS))
            assert await addresses_with(database, RING) == {ADDRESS, OTHER_ADDRESS}
            done = await operations.rewrap(database.admin_url, RING)
            assert (done.persons, done.rewrapped, done.unreadable) == (2, 1, 0)
            again = await operations.rewrap(database.admin_url, RING)
            assert (again.persons, again.rewrapped) == (2, 0)
        async with service(nats, database, NEW):
            last = minecraft_ban("Before", address=sealed_for_the_new_key(ADDRESS), unless_in_force=True)
            assert (await to.send(last)).status == "unchanged"
    assert await addresses_with(database, NEW) == {ADDRESS, OTHER_ADDRESS}


async def test_the_same_key_writes_no_list_anew(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        async with service(nats, database):
            await to.send(ban := minecraft_ban("Before", address=sealed(ADDRESS)))
            await eventually(lambda: is_listed_with(to, ban, MASTER_KEY, ADDRESS))
            entry = await to.entry(streams.BAN_LIST_BUCKET, ban.infraction_id)
        async with service(nats, database, KeyRing(MASTER_KEY, NEW)):
            await to.send(other := minecraft_ban("After", address=sealed(ADDRESS)))
            await eventually(lambda: is_listed_with(to, other, MASTER_KEY, ADDRESS))
        assert await to.entry(streams.BAN_LIST_BUCKET, ban.infraction_id) == entry


async def test_whom_nobody_can_open_is_told_and_left_alone(database: Database) -> None:
    lost = wrap(b"l" * 32, OLD_ONE, b"p" * 32)
    async with connected(database.admin_url) as connection:
        await _insert(connection, OLD_ONE, lost)
        await _insert(connection, "player:minecraft:cut-short", b"cut")
        await _insert(connection, NEW_ONE, wrap(MASTER_KEY, NEW_ONE, b"p" * 32))
        done = await operations.rewrap(database.admin_url, RING)
        kept = await connection.fetchval("select wrapped from person_keys where person = $1", OLD_ONE)
    assert (done.persons, done.rewrapped, done.unreadable) == (3, 1, 2)
    assert kept == lost


async def test_a_key_that_is_replaced_meanwhile_is_not_put_back(database: Database) -> None:
    """As where its person is erased, and seen again."""
    newer = wrap(MASTER_KEY, OLD_ONE, b"q" * 32)
    async with connected(database.admin_url) as looking, connected(database.admin_url) as erasing:
        await _insert(looking, OLD_ONE, wrap(MASTER_KEY, OLD_ONE, b"p" * 32))
        async with asyncio.TaskGroup() as tasks, erasing.transaction():
            await _replace(erasing, OLD_ONE, newer)
            running = tasks.create_task(operations.rewrap(database.admin_url, RING))
            await eventually(lambda: _waits(looking))
        assert running.result().persons == 1
        assert await looking.fetchval("select wrapped from person_keys") == newer


async def _waits(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await connection.fetchval(f"select exists (select {waiting})"))


async def _insert(connection: "asyncpg.Connection[asyncpg.Record]", person: str, wrapped: bytes) -> None:
    await connection.execute("insert into person_keys (person, wrapped) values ($1, $2)", person, wrapped)


async def test_a_person_whose_key_does_not_open_stops_nobody_else_and_is_listed_whole_once_it_does(
    nats: NatsServer, database: Database
) -> None:
    lost, other = minecraft_ban("Before", address=sealed(ADDRESS)), minecraft_ban("After", address=sealed(ADDRESS))
    last = minecraft_ban("Last", address=sealed(OTHER_ADDRESS))
    async with bus(nats) as to, connected(database.admin_url) as connection:
        async with service(nats, database):
            await to.send_all([lost, other])
            await eventually(lambda: is_listed_with(to, lost, MASTER_KEY, ADDRESS))
            kept = await _replace(connection, OLD_ONE, wrap(b"l" * 32, OLD_ONE, b"p" * 32))
            assert (await to.send(amended(lost.infraction_id, "griefing"))).status == "applied"
            await to.send(last)
            await eventually(lambda: is_listed_with(to, last, MASTER_KEY, OTHER_ADDRESS))
            entry = await to.entry(streams.BAN_LIST_BUCKET, lost.infraction_id)
            assert (entry["reason"], entry["player"]["id"], "sealed_address" in entry) == ("griefing", "before", False)
        await _replace(connection, OLD_ONE, kept)
        async with service(nats, database):
            await eventually(lambda: is_listed_with(to, lost, MASTER_KEY, ADDRESS))
            await eventually(lambda: is_listed_with(to, other, MASTER_KEY, ADDRESS))


async def test_a_master_key_that_opens_nobodys_key_leaves_the_list_alone(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        async with service(nats, database):
            await to.send(ban := minecraft_ban("Before", address=sealed(ADDRESS)))
            await eventually(lambda: is_listed_with(to, ban, MASTER_KEY, ADDRESS))
        async with connected(database.service_url) as log:
            with pytest.raises(MasterKeyUnfit):
                await BanListBucket(to.client.jetstream(), log, NEW).resume()
        assert await is_listed_with(to, ban, MASTER_KEY, ADDRESS)


async def _replace(connection: "asyncpg.Connection[asyncpg.Record]", person: str, wrapped: bytes) -> bytes:
    """What was there."""
    kept: bytes = await connection.fetchval("select wrapped from person_keys where person = $1", person)
    await connection.execute("update person_keys set wrapped = $2 where person = $1", person, wrapped)
    return kept
