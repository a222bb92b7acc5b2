"""What was in force at a moment is read by indexes alone, on a real Postgres with many events."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from services.infractions.tests.test_undoing_plans import _FILL as FILL_LOG
from services.infractions.tests.test_undoing_plans import ISSUED, OFTEN, ROWS

from banstream_contracts.players import Player
from banstream_contracts.queries.past import GetPast, ListPast
from banstream_event_log.postgres import create_pool
from banstream_infractions.operations import SCHEMA
from banstream_infractions.queries.past_reads import _HAPPENED, PastReads
from banstream_testing.fixtures import Database

_FILL = f"""
    insert into infractions (id, stream, player_token, status, lifetime, is_warning, position, document)
    select lpad(n::text, 24, '0'), 'player:roblox:' || n, 'roblox=' || n, 'active', 'permanent', false, n, '{{}}'
    from generate_series(1, {ROWS}) as n
"""
_READ = """
    select sum(seq_tup_read + idx_tup_fetch)::bigint from pg_stat_user_tables
    where relname in ('event_log', 'infractions') and schemaname = $1
"""
_PAGE = 100
_FEW = 10 * _PAGE


async def rows_read(pool: "asyncpg.Pool[asyncpg.Record]") -> int:
    """By its one connection, so far."""
    await pool.execute("select pg_stat_force_next_flush()")
    return int(await pool.fetchval(_READ, SCHEMA))


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_no_more_rows_are_read_than_there_are_of_what_is_asked_for(database: Database, mode: str) -> None:
    owner = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await owner.execute("alter table event_log disable trigger user")
    await owner.execute(FILL_LOG)
    await owner.execute(_FILL)
    await owner.execute("analyze event_log; analyze infractions")
    await owner.close()
    at = datetime.now(UTC) + timedelta(hours=1)
    async with create_pool(f"{database.service_url}?plan_cache_mode={mode}") as pool:
        reads = PastReads(pool)
        for cursor, found in (("f" * 24, _PAGE), (f"{ROWS // 2:024}", _PAGE), (f"{_PAGE // 2 + 1:024}", _PAGE // 2)):
            so_far = await rows_read(pool)
            page = await reads.in_force(ListPast(at=at, cursor=cursor, limit=_PAGE))
            assert await rows_read(pool) - so_far in range(1, _FEW), cursor
            assert len(page.items) == found
        so_far = await rows_read(pool)
        player = Player(service="roblox", id=str(ROWS - ISSUED))
        assert (await reads.past(GetPast(player=player, at=at))).total == 1
        assert await rows_read(pool) - so_far in range(1, _FEW)
        so_far = await rows_read(pool)
        often = Player(service="roblox", id=str(ROWS + 1))
        assert (await reads.past(GetPast(player=often, at=at))).total == 1
        assert await rows_read(pool) - so_far in range(OFTEN, 4 * OFTEN)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_many_infractions_are_not_each_compared_with_all(database: Database, mode: str) -> None:
    """Thousands may come from one address, as where servers tell that of a proxy."""
    named: list[object] = [[], ["player:roblox:1"], 1, ["infraction.issued"], None, ["0" * 24], "infraction.served"]
    async with create_pool(f"{database.service_url}?plan_cache_mode={mode}") as pool:
        plan = "\n".join(row[0] for row in await pool.fetch(f"explain {_HAPPENED}", *named))
    assert "hashed SubPlan" in plan, plan
    assert "'infraction_id'::text) = ANY" not in plan, plan
