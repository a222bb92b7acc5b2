"""Incidents through HTTP, with everything running: of players most of whom do it once more, and of such as go on."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import asyncpg

from banstream_contracts.commands.encoding import encoded
from banstream_testing.abuse import incident, report
from banstream_testing.servers import nats_server
from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED, Request, load
from bench.costs import Costs
from bench.report import Figure
from bench.storing import copied, stored_per_second

CLIENTS, WARMING, ROUNDS, REQUESTS, BATCH = 64, 30, 5, 300, 100
INCIDENTS = REQUESTS * BATCH
"""Of a round, each of which has players of its own and crosses as many thresholds as the others."""
PLAYERS = 20_000
"""At most as many in a round."""
COMMANDS_IN_ONE = 20
"""As many as the tracker decides in one transaction, and the control commits in one."""
TABLES = ("event_log", "players", "command_outcomes")


@dataclass(frozen=True, slots=True)
class Mix:
    """`player` says whose each of a round's incidents is."""

    name: str
    player: Callable[[int], int]


def often(place: int) -> int:
    """Six incidents of each of 5,000 players, who are warned at the third and kicked at the fifth."""
    return place % 5_000


def seldom(place: int) -> int:
    """Six of each of 750 players, and two of each of 12,750 whom nothing happens to."""
    group, number = divmod(place, 20)
    return (group * 3 + number) % 750 if number < 3 else 750 + (group * 17 + number - 3) % 12_750


MIXES = (
    Mix("one in twenty crosses a threshold", seldom),
    Mix("one in three crosses a threshold", often),
)


async def measure() -> list[Figure]:
    """One mix after the other, each in a system of its own."""
    return [await _measured(mix) for mix in MIXES]


async def _measured(mix: Mix) -> Figure:
    """Rounds of a running system, and of the control in turns."""
    rates: list[tuple[float, float]] = []
    async with running_system(gateways=1, settings=UNLIMITED) as system:
        await reported(system, mix, 0, WARMING)
        for number in range(ROUNDS):
            before = Costs(system)
            rate = await reported(system, mix, WARMING + number * REQUESTS, REQUESTS)
            cost = before.told(INCIDENTS)
            rates.append((rate, await least(system)))
    value, control = (median(found) for found in zip(*rates, strict=True))
    note = (
        f"{CLIENTS} clients, until all are decided; median of {ROUNDS} alternating rounds of {REQUESTS} batches;"
        f" {cost}; control: a JetStream publish of each batch, and the same rows in {', '.join(TABLES)} in transactions"
        f" of up to {COMMANDS_IN_ONE} batches"
    )
    what = f"incidents through HTTP in batches of {BATCH}, {mix.name}"
    return Figure(what, "/s", value, control, goal=10_000, of_value=True, note=note)


async def reported(system: System, mix: Mix, first: int, batches: int) -> float:
    """Incidents a second, from the client's first request until the last incident is decided, not only stored."""
    requests = [request(system, mix, first + number) for number in range(batches)]
    seen = await load(system.url, requests, 120, CLIENTS, most=batches)
    assert set(seen["statuses"]) <= {"201", "202"}, seen["statuses"]
    await decided(system, (first + batches) * BATCH)
    ended = time.monotonic() if "202" in seen["statuses"] else seen["ended"]
    return batches * BATCH / float(ended - seen["began"])


def request(system: System, mix: Mix, number: int) -> Request:
    """A batch of a game server."""
    incidents = [
        {
            "id": f"{number}-{place}",
            "player": {"service": "roblox", "id": player(mix, number * BATCH + place)},
            "reason": "speed_hack",
            "details": {"detectedSpeed": 100, "maxAllowedSpeed": 16},
        }
        for place in range(BATCH)
    ]
    return ("POST", "/v1/incidents", system.headers(system.server_key), json.dumps({"incidents": incidents}))


def player(mix: Mix, incident: int) -> int:
    """Their number, from 1."""
    number, place = divmod(incident - WARMING * BATCH, INCIDENTS)
    return 1 + (number + 1) * PLAYERS + mix.player(place)


async def decided(system: System, incidents: int) -> None:
    """Wait for the log."""
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "abuse_tracker"})
    try:
        while await connection.fetchval("select count(*) from event_log where ordinal = 0") < incidents:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def least(system: System) -> float:
    """Incidents a second when nothing is done but publishing a message for each batch and inserting their rows."""
    command = report(*(incident(reported_id=f"0-{place}") for place in range(BATCH)))
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "abuse_tracker"})
    try:
        async with copied(connection, TABLES, 2 * INCIDENTS) as rows:
            batches = await stored_per_second(
                nats_server, connection, rows, encoded(command), REQUESTS, CLIENTS, COMMANDS_IN_ONE
            )
    finally:
        await connection.close()
    return batches * BATCH
