"""Durable bans through HTTP, with everything running."""

import json
import time

import asyncpg

from banstream_testing.steps import ban, is_banned, somebody
from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED, Request, load
from bench.report import Figure

CLIENTS, BANS, BATCH, SINGLE = 32, 6000, 100, 200
TABLES = ("event_log", "infractions", "command_outcomes")


async def measure() -> list[Figure]:
    """Throughput against raw inserts of the same rows; latency of one; how soon another gateway knows."""
    async with running_system(gateways=2, settings=UNLIMITED) as system:
        figures = [await single(system), await other_gateway(system)]
        requests = [request(system, 10_000_000 + number) for number in range(BANS)]
        seen = await load(system.url, requests, 120, CLIENTS, most=BANS)
        assert set(seen["statuses"]) == {"201"}, seen["statuses"]
        control = await raw_inserts(system)
    bans = Figure(
        f"durable bans through HTTP, {CLIENTS} clients",
        "/s",
        seen["per_second"],
        goal=500,
        note=f"p99 {seen['p99_ms']:.0f} ms",
    )
    rows = f"the same rows in {', '.join(TABLES)}, {BATCH} bans a transaction; for information"
    return [bans, Figure("the same, by raw asyncpg inserts", "/s", seen["per_second"], control, note=rows), *figures]


def request(system: System, player: int) -> Request:
    """A ban of one player."""
    body = {"player": {"service": "roblox", "id": player}, "punishments": ["ban"], "reason": "bench"}
    return ("POST", "/v1/infractions", system.headers(), json.dumps(body))


async def single(system: System) -> Figure:
    """One client, one ban after the other."""
    requests = [request(system, 20_000_000 + number) for number in range(SINGLE)]
    seen = await load(system.url, requests, 60, 1, most=SINGLE)
    note = f"p99 {seen['p99_ms']:.1f} ms; {SINGLE} bans"
    return Figure("one ban, one client, p50", "ms", seen["p50_ms"], goal=15, at_most=True, note=note)


async def other_gateway(system: System) -> Figure:
    """From the answer of one gateway until the other refuses."""
    delays = []
    for _ in range(100):
        player = somebody()
        await ban(system, player, gateway=0)
        began = time.perf_counter()
        while not await is_banned(system, player, gateway=1):
            pass
        delays.append((time.perf_counter() - began) * 1000)
    delays.sort()
    note = f"p99 {delays[98]:.1f} ms; after the answer of the first"
    return Figure("ban until another gateway refuses, p50", "ms", delays[50], goal=100, at_most=True, note=note)


async def raw_inserts(system: System) -> float:
    """Bans a second when nothing is done but inserting their rows into tables of the same shape."""
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "infractions"})
    rows = {}
    for table in TABLES:
        await connection.execute(f"create table raw_{table} (like {table} including all)")
        rows[table] = await connection.fetch(f"select * from {table} limit {BANS}")
    columns = {table: ", ".join(found[0].keys()) for table, found in rows.items()}
    began = time.perf_counter()
    for start in range(0, BANS, BATCH):
        async with connection.transaction():
            for table in TABLES:
                marks = ", ".join(f"${number}" for number in range(1, len(rows[table][0]) + 1))
                await connection.executemany(
                    f"insert into raw_{table} ({columns[table]}) values ({marks})",
                    [tuple(row.values()) for row in rows[table][start : start + BATCH]],
                )
    took = time.perf_counter() - began
    await connection.close()
    return BANS / took
