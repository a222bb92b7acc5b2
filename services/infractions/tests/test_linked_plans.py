"""Who else is known at an address is read by indexes alone, on a real Postgres with many infractions."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest

from banstream_contracts.players import Player
from banstream_contracts.queries.linked import GetLinked
from banstream_event_log.postgres import create_pool
from banstream_infractions.operations import SCHEMA
from banstream_infractions.queries.linked_reads import LinkedReads
from banstream_testing.fixtures import Database

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
CROWD, ELSEWHERE, PERSONS = 10_000, 40_000, 50_000
_FILL = f"""
    insert into infractions select lpad(to_hex(n), 24, '0'), 'player:roblox:' || n, 'roblox=' || n,
        'address=' || case when n <= {CROWD} then repeat('c', 64) else lpad(to_hex(n / 2), 64, '0') end,
        'active', 'permanent', false, null, null, null, n,
        jsonb_build_object('issued_at', now(), 'player_name', 'Player ' || n)
        || case n % 1000 when 7 then '{{"exempt": [{{"service": "roblox", "id": "60007"}}]}}' else '{{}}' end::jsonb
    from generate_series(1, {CROWD + ELSEWHERE}) as n;
    insert into erasable_keys (person, erased_until) select 'player:roblox:' || n,
        case n % 5000 when 1 then n else 0 end
    from generate_series(1, {PERSONS}) as n;
    analyze infractions, erasable_keys
"""
_READ = """
    select sum(seq_tup_read + idx_tup_fetch)::bigint from pg_stat_user_tables
    where relname in ('event_log', 'infractions', 'erasable_keys') and schemaname = $1
"""


@pytest.fixture(params=["force_custom_plan", "force_generic_plan"])
async def full(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    owner = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await owner.execute(_FILL)
    await owner.close()
    async with create_pool(f"{database.service_url}?plan_cache_mode={request.param}") as pool:
        yield pool


async def rows_read(pool: Pool) -> int:
    """By its one connection, so far."""
    await pool.execute("select pg_stat_force_next_flush()")
    return int(await pool.fetchval(_READ, SCHEMA))


async def test_no_more_is_read_than_there_is_at_the_addresses_of_a_player(
    full: Pool,
) -> None:
    reads = LinkedReads(full)
    so_far = await rows_read(full)
    neighbours = await reads.linked(GetLinked(player=Player(service="roblox", id="30003")))
    assert (neighbours.total, [each.player.id for each in neighbours.items]) == (1, ["30002"])
    assert await rows_read(full) - so_far in range(1, 100)
    so_far = await rows_read(full)
    nobody = await reads.linked(GetLinked(player=Player(service="roblox", id="99999")))
    assert (nobody.total, nobody.addresses_total) == (0, 0)
    assert await rows_read(full) - so_far in range(100)


async def test_a_crowd_is_counted_and_its_newest_are_told(full: Pool) -> None:
    so_far = await rows_read(full)
    found = await LinkedReads(full).linked(GetLinked(player=Player(service="roblox", id="2")))
    erased = {1, 5001}
    assert found.total == CROWD + 1 - len(erased) - 1, "and one who is exempt"
    newest = [str(number) for number in range(CROWD, CROWD - 60, -1) if number not in erased]
    assert [each.player.id for each in found.items] == newest[:50]
    assert {each.why for each in found.items} == {("shared", "crowd")}
    assert {each.addresses[0].players for each in found.items} == {CROWD - len(erased) + 1}
    assert await rows_read(full) - so_far < 8 * CROWD


async def test_who_is_exempt_alone_is_found_by_an_index(full: Pool) -> None:
    so_far = await rows_read(full)
    found = await LinkedReads(full).linked(GetLinked(player=Player(service="roblox", id="60007")))
    assert (found.addresses, found.addresses_total, found.total) == (20, 41, 40)
    assert {(each.strength, each.why) for each in found.items} == {
        ("none", ("different_people",)),
        ("weak", ("shared",)),
    }
    assert await rows_read(full) - so_far in range(1, 1_000)
