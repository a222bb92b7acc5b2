"""Which index serves which statement of the wall, on a real Postgres with many rows."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from banstream_contracts.infractions import Severity
from banstream_contracts.queries.wall import ListWall
from banstream_event_log.connections import Connection
from banstream_event_log.postgres import create_pool
from banstream_infractions.operations import SCHEMA
from banstream_infractions.queries import wall_sql
from banstream_infractions.queries.wall_sql import Selection
from banstream_infractions.read_models.index_keys import key
from banstream_testing.fixtures import Database

NOW = datetime.now(UTC)

_FILL = """
    insert into wall_bans (id, place, issued_at, ends_at, category, severity, search)
    select lpad(to_hex(n), 24, '0'), substr(md5(n::text), 1, 12), now() - n * interval '1 minute',
        case when n % 10 = 0 then now() + n * interval '1 hour' end,
        (array['aimbot', 'fly_hack', 'lag_machine'])[1 + n % 3], (array['low', 'high', 'critical'])[1 + n % 7 % 3],
        'player ' || n || e'\\naimbot'
    from generate_series(1, 50000) as n
"""
_FIND = """
    insert into infraction_search (id, issued_at, category, is_ban, is_active, search, marks, keys)
    select id, issued_at, category, true, true, search, '{}', array[$1::integer, 2, hashtext(id)] from wall_bans
"""
_ALL = "select id, 'stream ' || id, 'active', 'permanent', false, 1, '{}' from wall_bans"


@pytest.fixture
async def full(database: Database) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    """So many rows that the planner looks for an index; analyzed as the owner."""
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await connection.execute(_FILL)
    await connection.execute(_FIND, key("aim"))
    columns = "id, stream, status, lifetime, is_warning, position, document"
    await connection.execute(f"insert into infractions ({columns}) {_ALL}")
    await connection.execute(
        "insert into wall_quarters"
        " select '2026-01-01'::timestamptz + n * interval '15 minutes', 1 from generate_series(1, 20000) n"
    )
    await connection.execute("vacuum analyze")
    await connection.close()
    async with create_pool(database.service_url) as pool:
        yield pool


def _scans(plan: dict[str, Any]) -> list[str]:
    inner = [scan for each in plan.get("Plans", ()) for scan in _scans(each)]
    name = plan.get("Index Name") or (plan["Relation Name"] if plan["Node Type"] == "Seq Scan" else None)
    return [*([name] if name else []), *inner]


_INDEXES = (
    (ListWall(), "wall_bans_by_time"),
    (ListWall(cursor=f"1700000000000000-{'a' * 12}"), "wall_bans_by_time"),
    (ListWall(shown_until=NOW, since=NOW - timedelta(days=9), until=NOW), "wall_bans_by_time"),
    (ListWall(category="aimbot"), "wall_bans_by_category"),
    (ListWall(category="nobody_has_it"), "wall_bans_by_category"),
    (ListWall(severity=Severity.LOW), "wall_bans_by_severity"),
    (ListWall(severity=Severity.MEDIUM), "wall_bans_by_severity"),
    (ListWall(category="fly_hack", severity=Severity.HIGH), "wall_bans_by_type"),
    (ListWall(category="fly_hack", severity=Severity.MEDIUM), "wall_bans_by_type"),
)


async def test_every_statement_reads_the_index_it_is_meant_to_read(full: "asyncpg.Pool[asyncpg.Record]") -> None:
    async with full.acquire() as connection:
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"set plan_cache_mode = {mode}")
            for query, index in _INDEXES:
                wanted = Selection(query, NOW)
                for statement, values in (wanted.page(51), wanted.count(), wanted.end_of_window()):
                    used = set(await _plan(connection, statement, values))
                    assert index in used <= {index, "infractions_pkey"}, (mode, query, statement, used)
        await _search_is_by_keys(connection)
        await connection.execute("reset plan_cache_mode")
        await _counts_are_by_index(connection)


def test_the_index_is_never_asked_for_what_is_common() -> None:
    wanted = Selection(ListWall(search="case 12345"), NOW)
    common = dict.fromkeys(("cas", "ase", "se ", "e 1"), 1_000_000)
    assert wanted.rare({**common, " 12": 9_000}) == [" 12", "234", "345"]
    assert wanted.rare(dict.fromkeys(wanted.grams, 1_000_000)) == []


async def _search_is_by_keys(connection: Connection) -> None:
    wanted = Selection(ListWall(search="y49152"), NOW, keys=("y49", "152"))
    for mode in ("force_custom_plan", "force_generic_plan"):
        await connection.execute(f"set plan_cache_mode = {mode}")
        assert await _plan(connection, *wanted.probe()) == ["infraction_search_by_keys"]
        for statement, values in (wanted.page(51), wanted.count()):
            used = {*await _plan(connection, statement, values)}
            assert {"infraction_search_by_keys", "wall_bans_pkey"} <= used, (mode, used)
            assert used <= {"infraction_search_by_keys", "wall_bans_pkey", "infractions_pkey"}, (mode, used)


async def _counts_are_by_index(connection: Connection) -> None:
    soon = (NOW, NOW - timedelta(minutes=5))
    ends = {"wall_bans_by_end", "wall_bans_by_time"}
    assert set(await _plan(connection, wall_sql.HIDDEN, soon)) == ends
    assert set(await _plan(connection, wall_sql.HIDDEN_BY_DAY, ("UTC", NOW.date(), *soon))) <= ends
    assert await _plan(connection, wall_sql.BY_DAY, ("UTC", date(2026, 7, 1))) == ["wall_quarters_pkey"]


async def _plan(connection: Connection, statement: str, values: tuple[Any, ...]) -> list[str]:
    found = await connection.fetchval(f"explain (format json) {statement}", *values)
    return _scans(json.loads(found)[0]["Plan"])
