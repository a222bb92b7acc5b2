"""What is asked of infractions by player, address or server reads an index, on a real Postgres with many rows."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from banstream_contracts.queries.imports import GetImport, ImportCounts, ListImports
from banstream_contracts.queries.infractions import ListInfractions
from banstream_event_log.connections import Connection
from banstream_event_log.postgres import create_pool
from banstream_infractions.operations import SCHEMA
from banstream_infractions.queries import listing_sql
from banstream_infractions.queries.import_reads import ImportReads
from banstream_infractions.read_models import projection
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

SERVER = "5" * 24
_FILL = """
    insert into infractions (id, stream, player_token, address_token, status, lifetime, is_warning, server_id, position,
        document)
    select lpad(to_hex(n), 24, '0'), 's' || n, case when n % 100 > 0 then 'roblox=' || n end,
        case when n % 100 = 0 then 'address=' || n end, 'active', 'permanent', false,
        case when n % 1000 = 0 then $1 end, n, '{}'::jsonb
    from generate_series(1, 30000) as n
    union all select lpad(to_hex(n), 24, '1'), 'w' || n, 'roblox=' || n, 'address=' || n, 'active', 'online', true,
        null, n, '{}'::jsonb
    from generate_series(30001, 33000) as n
"""
_FILL_IMPORTS = """
    update infractions set document = jsonb_build_object('imported', jsonb_build_object('import_id',
        repeat('c', 23) || (position % 3 + 1), 'source', 'litebans', 'row', id, 'digest', repeat('d', 64), 'at', now(),
        'by', jsonb_build_object('kind', 'token', 'id', '1'), 'position', position, 'is_undone', position % 2 = 0))
    where position <= 30
"""
_BY_ADDRESS = "select distinct address_token, stream from infractions where address_token = any($1) order by stream"
_BY_BOTH = "select id from infractions where (player_token = $1 or address_token = $2)"
_ONLINE_WARNINGS = (
    "select min(idx_scan) from pg_stat_user_indexes where indexrelname like 'infractions_online_warnings%'"
)
_READ_WHOLE = "select seq_scan from pg_stat_user_tables where relname = 'infractions'"


@pytest.fixture
async def full(database: Database) -> AsyncIterator[Connection]:
    """So many rows that the planner looks for an index; analyzed as the owner."""
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await connection.execute(_FILL.replace("$1", f"'{SERVER}'"))
    await connection.execute("vacuum analyze infractions")
    await connection.close()
    async with connected(database.service_url) as connection:
        yield connection


async def times_read_whole(connection: Connection) -> int:
    await connection.execute("select pg_stat_force_next_flush()")
    return int(await connection.fetchval(_READ_WHOLE))


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_infractions_are_never_read_whole_for_a_player_an_address_or_a_server(
    full: Connection, mode: str
) -> None:
    await full.execute(f"set plan_cache_mode = {mode}")
    before = await times_read_whole(full)
    _, found = await projection.restricting(full, ["address=100", "roblox=7", "roblox=0"])
    assert [len(each) for each in found.values()] == [1, 1, 0]
    _, found = await projection.restricting(full, ["address=30010", "roblox=30020"])
    assert [len(each) for each in found.values()] == [1, 1], "warnings that run out while connected are known too"
    statement, values = listing_sql.page(ListInfractions(server_id=SERVER), 50)
    assert len(await full.fetch(statement, *values)) == 30
    assert len(await full.fetch(_BY_ADDRESS, ["address=200"])) == 1
    assert len(await full.fetch(_BY_BOTH, "roblox=9", "address=300")) == 2
    assert await times_read_whole(full) == before
    assert await full.fetchval(_ONLINE_WARNINGS) > 0, "nobody's whole past is read for a warning"
    await full.fetch("select document from infractions")
    assert await times_read_whole(full) > before, "the counter would tell"


async def test_imports_are_found_by_their_index_alone(full: Connection, database: Database) -> None:
    owner = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await owner.execute(_FILL_IMPORTS)
    await owner.execute("vacuum analyze infractions")
    await owner.close()
    before = await times_read_whole(full)
    async with create_pool(database.service_url) as pool:
        reads = ImportReads(pool)
        found = await reads.imports(ListImports(limit=2))
        assert [(each.import_id[-1], each.infractions) for each in found.items] == [("3", 10), ("2", 10)]
        following = await reads.imports(ListImports(cursor=found.next))
        assert [each.import_id[-1] for each in following.items] == ["1"]
        assert (await reads.one(GetImport(import_id="c" * 23 + "2"))).counts == ImportCounts(
            in_force=10, undone=5, changed=0
        )
    assert await times_read_whole(full) == before
