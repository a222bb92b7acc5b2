"""A policy tried on a million incidents of the past."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from banstream_testing.system import System, running_system
from bench.report import Figure

INCIDENTS, PLAYERS = 1_000_000, 100_000
DRAFT = {
    "thresholds": {"warn": 2, "kick": 4, "ban": 8},
    "weights": {"aimbot": 5},
    "coalesce_seconds": 2,
    "reset_after_seconds": 604_800,
}

FILL = f"""
    insert into event_log
    select n, 'player:roblox:' || 1 + n % {PLAYERS}, 1 + n / {PLAYERS}, gen_random_uuid(), 'abuse.detected', 1,
        jsonb_build_object('type', 'abuse.detected', 'reason', (array['speed_hack', 'clip', 'aimbot'])[1 + n % 3],
            'server_id', '01948a00000000000000beef', 'policy_id', 'default', 'policy_version', 0, 'weight', 1,
            'counted', 1, 'status', 'recorded', 'count', 1, 'reported_id', n::text,
            'details', jsonb_build_object('detectedSpeed', n % 200, 'maxAllowedSpeed', 16)),
        gen_random_uuid(), 0, gen_random_uuid(), gen_random_uuid(), '{{"kind": "server", "id": "bench"}}', null,
        now() - interval '20 days' + n * interval '1 second', now() - interval '20 days' + n * interval '1 second',
        decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
    from generate_series(1, {INCIDENTS}) as n
"""
"""Rows as the tracker writes them, but for the chain, which a simulation does not read."""

READ = "select count(*), sum(length(data::text)) from event_log where type = 'abuse.detected'"


async def measure() -> list[Figure]:
    """The command as an operator gives it, start of the interpreter included; reading the rows alone beside it."""
    async with running_system() as system:
        system.abuse_tracker.kill()  # it would relay a million events meanwhile
        connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "abuse_tracker"})
        await connection.execute(FILL)
        began = time.perf_counter()
        await connection.execute(READ)
        reading = time.perf_counter() - began
        await connection.close()
        took = await simulate(system)
    note = f"{PLAYERS:,} players; reading the rows alone, in Postgres: {reading:.1f} s"
    return [Figure(f"policy simulate, {INCIDENTS:,} incidents", "s", took, goal=60, at_most=True, note=note)]


async def simulate(system: System) -> float:
    """Seconds; asserts that every incident was counted."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.json"
        draft.write_text(json.dumps(DRAFT))
        began = time.perf_counter()
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "banstream_cli", "policy", "simulate", str(draft), "--since", "30d", "--json"),
            env=system.cli_environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await command.communicate()
        took = time.perf_counter() - began
    assert str(INCIDENTS) in out.decode()[:2000], out.decode()[:500]
    return took
