"""Incidents through HTTP, with everything running."""

import asyncio
import json
import time
from typing import Any

import asyncpg

from banstream_contracts.abuse_commands import RecordIncidents
from banstream_contracts.commands import encoded
from banstream_testing.abuse import incident, report
from banstream_testing.servers import nats_server
from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED, Request, load
from bench.report import Figure
from bench.storing import copied, stored_per_second

CLIENTS, WARMING, REQUESTS, BATCH, PLAYERS = 64, 30, 300, 100, 5000
COMMANDS_IN_ONE = 20
"""As many as the tracker decides in one transaction, and the control commits in one."""
TABLES = ("event_log", "players", "command_outcomes")


async def measure() -> list[Figure]:
    """Until the last incident is decided, not only stored; in a log that has some already."""
    async with running_system(gateways=1, settings=UNLIMITED) as system:
        await reported(system, 0, WARMING)
        began = time.perf_counter()
        seen = await reported(system, WARMING, REQUESTS)
        per_second = REQUESTS * BATCH / (time.perf_counter() - began)
        control = await least(system, report(*(incident(reported_id=f"0-{place}") for place in range(BATCH))))
    answers = ", ".join(f"{count} of {status}" for status, count in seen["statuses"].items())
    note = (
        f"until all are decided; answers {answers}; p99 {seen['p99_ms']:.0f} ms; control: a JetStream publish of each"
        f" batch, and the same rows in {', '.join(TABLES)} in transactions of up to {COMMANDS_IN_ONE} batches"
    )
    what = f"incidents through HTTP in batches of {BATCH}, {CLIENTS} clients"
    return [Figure(what, "/s", per_second, control, goal=10_000, of_value=True, note=note)]


async def reported(system: System, first: int, batches: int) -> dict[str, Any]:
    """What the clients saw, once all is decided."""
    requests = [request(system, first + number) for number in range(batches)]
    seen = await load(system.url, requests, 120, CLIENTS, most=batches)
    assert set(seen["statuses"]) <= {"201", "202"}, seen["statuses"]
    await decided(system, (first + batches) * BATCH)
    return seen


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


async def least(system: System, command: RecordIncidents) -> float:
    """Incidents a second when nothing is done but publishing a message for each batch and inserting their rows."""
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "abuse_tracker"})
    try:
        rows = await copied(connection, TABLES, 2 * REQUESTS * BATCH)
        with nats_server() as nats:
            batches = await stored_per_second(
                nats, connection, rows, encoded(command), REQUESTS, CLIENTS, COMMANDS_IN_ONE
            )
    finally:
        await connection.close()
    return batches * BATCH
