"""The list of infractions, on a real Postgres."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from services.infractions.tests.test_wall import any_infraction, ban

from banstream_contracts.infractions import Infraction, Lifetime
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import ListInfractions
from banstream_infractions.operations import SCHEMA
from banstream_infractions.queries import listing_sql
from banstream_infractions.read_models import projection
from banstream_testing.fixtures import Database

NOW = datetime.now(UTC)
PLAYER = Player(service="roblox", id="3")


async def listed(pool: "asyncpg.Pool[asyncpg.Record]", query: ListInfractions) -> list[str]:
    """The ids of all pages, each once."""
    found: list[str] = []
    while True:
        asked = query.model_copy(update={"cursor": found[-1] if found else None})
        statement, values = listing_sql.page(asked, 7)
        rows = await pool.fetch(statement, *values)
        found += [row["document"]["id"] for row in rows]
        if len(rows) < 7:
            assert len(found) == len(set(found))
            return found


CHOICES: tuple[tuple[ListInfractions, Callable[[Infraction], bool]], ...] = (
    (ListInfractions(), lambda _: True),
    (ListInfractions(active=True), lambda each: each.is_in_force(NOW)),
    (ListInfractions(active=False), lambda each: not each.is_in_force(NOW)),
    (ListInfractions(category="aimbot"), lambda each: each.category == "aimbot"),
    (
        ListInfractions(category="aimbot", active=False),
        lambda each: each.category == "aimbot" and not each.is_in_force(NOW),
    ),
    (ListInfractions(server_id="a" * 24, active=True), lambda _: False),
    (ListInfractions(player=PLAYER), lambda each: each.player == PLAYER),
    (ListInfractions(player=PLAYER, active=False), lambda each: each.player == PLAYER and not each.is_in_force(NOW)),
)


async def test_a_list_holds_what_a_plain_comparison_finds(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    chance = random.Random(20261121)  # noqa: S311 - the same each time
    infractions = [any_infraction(number, chance) for number in range(300)]
    async with pool.acquire() as connection:
        await projection.put_infractions(connection, infractions)
    for query, is_wanted in CHOICES:
        expected = sorted((each.id for each in infractions if is_wanted(each)), reverse=True)
        assert await listed(pool, query) == expected, query
    counts = [len(await listed(pool, ListInfractions(active=active))) for active in (True, False)]
    assert sum(counts) == 300
    assert min(counts) > 50


_FILL = """
    insert into infractions (id, stream, status, lifetime, is_warning, expires_at, category, position, document)
    select lpad(to_hex(n), 24, '0'), 'stream ' || n, status,
        case when n % 2 = 0 then 'permanent' else 'timed' end, false,
        case when n % 2 = 1 then now() + interval '1 day' * case when status = 'active' and n > 20 then 1 else -1 end
        end,
        'category_' || n % 3, n, $4::text::jsonb
    from (
        select n, case when n > $3::int then $1::text else $2 end as status from generate_series(1, 50000) as n
    ) as rows
"""
"""The newest have one state, the others another; half of those that are active among the oldest 20 are over."""


@pytest.mark.parametrize(
    ("newest", "others", "count"), [("active", "expired", 20), ("expired", "active", 20), ("active", "expired", 25_000)]
)
async def test_a_state_is_found_without_reading_through_the_other(
    database: Database, pool: "asyncpg.Pool[asyncpg.Record]", newest: str, others: str, count: int
) -> None:
    """Among 50,000 rows a page looks at some hundred."""
    document = ban(1, lifetime=Lifetime.PERMANENT).model_dump_json(exclude_none=True)
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": SCHEMA})
    await connection.execute(_FILL, newest, others, count, document)
    await connection.execute("vacuum analyze infractions")
    await connection.close()
    for active in (True, False):
        for category in (None, "category_1"):
            query = ListInfractions(active=active, category=category)
            looked_at = await _looked_at(pool, *listing_sql.page(query, 51))
            assert looked_at < 400, query


async def _looked_at(pool: "asyncpg.Pool[asyncpg.Record]", statement: str, values: tuple[Any, ...]) -> int:
    """Rows that were read from the table, whether they were wanted or not."""
    found = await pool.fetchval(f"explain (analyze, timing off, format json) {statement}", *values)
    return _read(json.loads(found)[0]["Plan"])


def _read(plan: dict[str, Any]) -> int:
    own = int(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return sum(map(_read, plan.get("Plans", ()))) + (own if "Relation Name" in plan else 0)
