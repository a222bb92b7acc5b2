"""What somebody did is read by indexes alone, on a real Postgres with many events."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from banstream_contracts.queries.undoing import Doer, ListDone
from banstream_event_log.postgres import create_pool
from banstream_infractions.operations import SCHEMA
from banstream_infractions.queries.undoing_reads import UndoingReads
from banstream_testing.fixtures import Database

ROWS, ISSUED, OFTEN = 50_000, 200, 2_000
_FILL = f"""
    insert into event_log select n, 'player:roblox:' || player, case when n > {ROWS} then n - {ROWS} else 1 end,
        gen_random_uuid(), case when n > {ROWS} + 1 then 'infraction.amended' else 'infraction.issued' end, 1,
        jsonb_build_object('infraction_id', lpad(player::text, 24, '0'), 'player', jsonb_build_object('service',
            'roblox', 'id', player::text), 'lifetime', 'permanent') || case when n > {ROWS} + 1
            then jsonb_build_object('type', 'infraction.amended', 'changes', jsonb_build_object('reason', n::text))
            else '{{"type": "infraction.issued", "punishments": [], "scope": "global", "reason": "spam"}}' end,
        gen_random_uuid(), 0, gen_random_uuid(), gen_random_uuid(), jsonb_build_object('kind', 'person', 'id',
            case when n > {ROWS} - {ISSUED} then 'ada' else 'bob' end), null, now(), now(), '\\x00', '\\x00'
    from generate_series(1, {ROWS} + {OFTEN}) as n, least(n, {ROWS} + 1) as player
"""
_READ = """
    select (seq_tup_read + idx_tup_fetch)::bigint from pg_stat_user_tables
    where relname = 'event_log' and schemaname = $1
"""
_FEW = 4 * (ISSUED + OFTEN)


async def rows_read(pool: "asyncpg.Pool[asyncpg.Record]") -> int:
    """By its one connection, so far."""
    await pool.execute("select pg_stat_force_next_flush()")
    return int(await pool.fetchval(_READ, SCHEMA))


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_few_rows_are_read_and_none_of_what_is_on_another_page(database: Database, mode: str) -> None:
    owner = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await owner.execute("alter table event_log disable trigger user")
    await owner.execute(_FILL)
    await owner.execute("analyze event_log")
    await owner.close()
    now = datetime.now(UTC) + timedelta(hours=1)
    query = ListDone(by=Doer(kind="person", id="ada"), since=now - timedelta(days=1), until=now, limit=100)
    async with create_pool(f"{database.service_url}?plan_cache_mode={mode}") as pool:
        reads = UndoingReads(pool)
        assert await pool.fetchval("show plan_cache_mode") == mode
        for before, found in ((ROWS + OFTEN, []), (ROWS + 1, ["lift"] * 100), (None, ["lift"])):
            so_far = await rows_read(pool)
            page = await reads.done(query.model_copy(update={"before": before}))
            assert [each.undo for each in page.items] == found, before
            assert await rows_read(pool) - so_far in range(1, _FEW), before
