"""What the heartbeats of many game servers cost a gateway."""

import json
from statistics import median

from banstream_testing.steps import call
from banstream_testing.system import System, running_system
from bench.checks import STEAM_BASE, UNLIMITED, Request, Served, bare_handler, load, served
from bench.processes import processor_seconds
from bench.report import Figure

SERVERS, PLAYERS, EVERY_SECONDS = 200, 32, 30
MINUTE = SERVERS * 60 // EVERY_SECONDS
"""Beats in a minute."""
ROUNDS, MINUTES, CONNECTIONS = 3, 4, 8
BUSY_PERCENT = 20.0


async def measure() -> list[Figure]:
    """A minute's beats as fast as they are answered; what counts is the processor time of the process."""
    async with running_system(settings=UNLIMITED) as system, bare_handler() as bare:
        requests = [_beat(number, *server) for number, server in enumerate(await _servers(system))]
        await _minutes(system.url, requests, 1)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(await _busy(bare, requests))
            ours.append(await _busy(served(system), requests))
    busy, least = median(ours), median(theirs)
    what = f"beats of {SERVERS} servers with {PLAYERS} players, one each {EVERY_SECONDS} s"
    note = f"processor time of one gateway process; median of {ROUNDS} rounds of {MINUTES} minutes' beats"
    return [
        Figure(what, "% of a core", busy, goal=BUSY_PERCENT, at_most=True, note=note),
        Figure("the same by a bare handler", "% of a core", busy, least),
    ]


async def _servers(system: System) -> list[tuple[str, str]]:
    """Game servers of their own: id and key."""
    made = [
        await call(system, "POST", "/v1/servers", {"name": f"bench {number}"}, token=system.admin_token)
        for number in range(SERVERS)
    ]
    return [(each.body["id"], each.body["key"]) for each in made]


def _beat(number: int, server_id: str, key: str) -> Request:
    players = [
        {"gs_service": "steam", "gs_id": str(STEAM_BASE + 1 + number * PLAYERS + each), "ip": f"192.0.2.{each + 1}"}
        for each in range(PLAYERS)
    ]
    body = {
        "hostname": f"bench {number}",
        "max_slots": PLAYERS,
        "players": players,
        "operating_system": "linux",
        "mod": "csgo",
        "map": "de_dust2",
        "locked": False,
        "include_other_servers": True,
    }
    return "POST", "/api/v1/gs/heartbeat", {"Authorization": f"SERVER {server_id} {key}"}, json.dumps(body)


async def _busy(by: Served, requests: list[Request]) -> float:
    """How busy a process is with beats, in per cent of one core."""
    before = processor_seconds(by.pid)
    await _minutes(by.url, requests, MINUTES)
    return (processor_seconds(by.pid) - before) / (MINUTES * 60) * 100


async def _minutes(url: str, requests: list[Request], minutes: int) -> None:
    beats = minutes * MINUTE
    seen = await load(url, requests, 120, CONNECTIONS, most=beats)
    assert seen["statuses"] == {"200": beats}, seen["statuses"]
