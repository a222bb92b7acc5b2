"""Incidents through HTTP, with everything running."""

import asyncio
import json
import time

import asyncpg

from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED, Request, load
from bench.report import Figure

CLIENTS, REQUESTS, BATCH, PLAYERS = 16, 300, 100, 5000
TABLES = ("event_log", "players", "command_outcomes")


async def measure() -> list[Figure]:
    """Until the last incident is decided, not only stored, against raw inserts of the same rows."""
    async with running_system(gateways=1, settings=UNLIMITED) as system:
        requests = [request(system, number) for number in range(REQUESTS)]
        began = time.perf_counter()
        seen = await load(system.url, requests, 120, CLIENTS, most=REQUESTS)
        assert set(seen["statuses"]) <= {"201", "202"}, seen["statuses"]
        await decided(system, REQUESTS * BATCH)
        per_second = REQUESTS * BATCH / (time.perf_counter() - began)
        control = await raw_inserts(system)
    answers = ", ".join(f"{count} of {status}" for status, count in seen["statuses"].items())
    what = f"incidents through HTTP in batches of {BATCH}, {CLIENTS} clients"
    note = f"until all are decided; answers {answers}; p99 {seen['p99_ms']:.0f} ms"
    rows = f"the same rows in {', '.join(TABLES)}, {BATCH} incidents a transaction; for information"
    return [
        Figure(what, "/s", per_second, note=note),
        Figure("the same, by raw asyncpg inserts", "/s", per_second, control, note=rows),
    ]


def request(system: System, number: int) -> Request:
    """A batch of a game server."""
    incidents = [
        {
            "id": f"{number}-{place}",
            "player": {"service": "roblox", "id": 1 + (number * BATCH + place) % PLAYERS},
            "reason": "speed_hack",
            "details": {"detectedSpeed": 100, "maxAllowedSpeed": 16},
        }
        for place in range(BATCH)
    ]
    return ("POST", "/v1/incidents", system.headers(system.server_key), json.dumps({"incidents": incidents}))


async def decided(system: System, incidents: int) -> None:
    """Wait for the log."""
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "abuse_tracker"})
    try:
        while await connection.fetchval("select count(*) from event_log where ordinal = 0") < incidents:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def raw_inserts(system: System) -> float:
    """Incidents a second when nothing is done but inserting their rows into tables of the same shape."""
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "abuse_tracker"})
    rows = {}
    for table in TABLES:
        await connection.execute(f"create table raw_{table} (like {table} including all)")
        rows[table] = await connection.fetch(f"select * from {table} limit {REQUESTS * BATCH}")
    columns = {table: ", ".join(found[0].keys()) for table, found in rows.items()}
    transactions = len(rows["event_log"]) // BATCH
    began = time.perf_counter()
    for turn in range(transactions):
        async with connection.transaction():
            for table in TABLES:
                share = len(rows[table]) // transactions
                marks = ", ".join(f"${number}" for number in range(1, len(rows[table][0]) + 1))
                await connection.executemany(
                    f"insert into raw_{table} ({columns[table]}) values ({marks})",
                    [tuple(row.values()) for row in rows[table][turn * share : (turn + 1) * share]],
                )
    took = time.perf_counter() - began
    await connection.close()
    return REQUESTS * BATCH / took
