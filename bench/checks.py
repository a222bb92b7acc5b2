"""Join checks against a bare aiohttp handler."""

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, NamedTuple

import aiohttp

from banstream_testing.servers import free_port
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually
from bench import restricted
from bench.processes import processor_seconds
from bench.report import Figure
from bench.sizes import sized

Request = tuple[str, str, dict[str, str], str | None]
ROUNDS, SECONDS, CONNECTIONS, BANNED = 5, 2.0, 16, 200
HELD, ASKED, ONE_IN, BATCH = 1_000_000, 20_000, 20, 500
NOBODY = 1 << 28
"""So far behind those who are held are those who are not; their ids are as long, or one digit longer."""

STEAM_BASE = 76561197960265728
UNLIMITED = {"BANSTREAM_RATE_LIMIT_PER_SECOND": "1000000", "BANSTREAM_RATE_LIMIT_BURST": "1000000"}


async def load(
    url: str,
    requests: list[Request],
    seconds: float,
    connections: int,
    most: int = 10**9,
    *,
    rate: float = 0,
    core: int | None = None,
) -> dict[str, Any]:
    """Run the load client beside the server: at most `rate` requests a second (0: no limit), on a `core` if named."""
    command = [sys.executable, "-m", "bench.load", url, str(connections), str(seconds), str(most), str(rate)]
    client = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    if core is not None:
        os.sched_setaffinity(client.pid, {core})
    try:
        out, _ = await client.communicate(json.dumps(requests).encode())
    finally:
        if client.returncode is None:  # nobody waits for the answer any more
            client.kill()
            await client.wait()
    seen: dict[str, Any] = json.loads(out)
    return seen


class Served(NamedTuple):
    """A process and where it serves."""

    url: str
    pid: int


def served(system: System, gateway: int = 0) -> Served:
    """A gateway of a system."""
    found = system.gateways[gateway]
    return Served(found.url, found.service.pid)


@asynccontextmanager
async def bare_handler() -> AsyncIterator[Served]:
    """The control as a process."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.bare", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as http:

            async def listens() -> bool:
                try:
                    async with http.get(url):
                        return True
                except aiohttp.ClientError:
                    return False

            await eventually(listens)
        yield Served(url, process.pid)
    finally:
        process.kill()
        await process.wait()


async def fill(system: System, service: str = "roblox", first: int = 0) -> None:
    """One player in twenty of those checked is banned."""
    bodies = [
        json.dumps(
            {"player": {"service": service, "id": str(first + n * 20 + 1)}, "punishments": ["ban"], "reason": "bench"}
        )
        for n in range(BANNED)
    ]
    requests: list[Request] = [("POST", "/v1/infractions", system.headers(), body) for body in bodies]
    await load(system.url, requests, 60, 16, most=len(requests))


async def compare(what: str, system: System, bare: Served, requests: list[Request], note: str) -> list[Figure]:
    """Alternate control and gateway; medians of the rounds."""
    gateway = served(system)
    ours, theirs = [], []
    await load(gateway.url, requests, 0.5, CONNECTIONS)
    for _ in range(ROUNDS):
        theirs.append(await timed(bare, requests))
        ours.append(await timed(gateway, requests))

    def median(runs: list[dict[str, Any]], key: str) -> float:
        return float(statistics.median(run[key] for run in runs))

    note = (
        f"{note}; {CONNECTIONS} connections, median of {ROUNDS} alternating rounds of {SECONDS:g} s; processor time of"
        f" one: {median(ours, 'processor_us'):.1f} µs, of the control's: {median(theirs, 'processor_us'):.1f} µs"
    )
    return [
        Figure(what, "/s", median(ours, "per_second"), median(theirs, "per_second"), goal=0.8, note=note),
        Figure(f"{what}, p99", "ms", median(ours, "p99_ms"), median(theirs, "p99_ms"), goal=1.5, at_most=True),
    ]


async def timed(by: Served, requests: list[Request]) -> dict[str, Any]:
    """One round, and the µs of the server's processor time for each request, which hardly depend on others."""
    before = processor_seconds(by.pid)
    seen = await load(by.url, requests, SECONDS, CONNECTIONS)
    assert set(seen["statuses"]) == {"200"}, seen["statuses"]
    answered = sum(seen["statuses"].values())
    return {**seen, "processor_us": (processor_seconds(by.pid) - before) / answered * 1e6}


async def measure() -> list[Figure]:
    """Native, batch of 500, and the facades of Flask Anti-Cheat and GFLBans, all with the same restrictions held."""
    count = sized(2000, HELD, HELD)
    async with running_system(settings=UNLIMITED) as system, bare_handler() as bare:
        system.infractions.kill()  # a bucket has one writer
        await restricted.fill(system, 0, count, banned)
        await restricted.known(system, count)
        note = f"{count:,} restrictions held, 1 player in {ONE_IN} asked about is banned"
        addressed = f"{note}, each with an address of their own"
        figures = await compare("check, native", system, bare, native(system, count), addressed)
        figures += await compare("check, GFLBans", system, bare, gflbans(system, count), addressed)
        figures += await compare("check, Flask Anti-Cheat", system, bare, flask(system, count), note)
        seen = await load(system.url, batches(system, count), SECONDS, 4)
        each = seen["per_second"] * BATCH
        figures.append(Figure("check in batches of 500", "players/s", each, goal=100_000, at_most=False, note=note))
        return figures


def banned(number: int) -> tuple[str, str]:
    """Half of those held are of Roblox, half of Steam."""
    return ("roblox", str(1_000_000 + number)) if number % 2 else ("steam", str(STEAM_BASE + 1 + number))


def native(system: System, count: int) -> list[Request]:
    """As the SDK asks, with the address that the player comes from."""
    path = "/v1/players/{}/{}/restrictions?ip={}"
    return [
        ("GET", path.format(*player, address(place)), system.headers(), None)
        for place, player in enumerate(asked("roblox", count))
    ]


def gflbans(system: System, count: int) -> list[Request]:
    """As SourceMod asks: a server's credentials, a Steam id and an address."""
    headers = {"Authorization": f"SERVER {system.server_id} {system.server_key}", "Accept": "application/json"}
    path = "/api/v1/infractions/check?include_other_servers=true&gs_service={}&gs_id={}&ip={}"
    return [
        ("GET", path.format(*player, address(place)), headers, None)
        for place, player in enumerate(asked("steam", count))
    ]


def flask(system: System, count: int) -> list[Request]:
    """A number in a body; this protocol knows no addresses."""
    return [
        ("POST", "/check_ban", system.headers(), json.dumps({"user_id": int(player_id)}))
        for _, player_id in asked("roblox", count)
    ]


def batches(system: System, count: int) -> list[Request]:
    """As a game server asks that has just started, player by player others."""
    players = [{"service": service, "id": player_id} for service, player_id in asked("roblox", count)]
    bodies = [json.dumps({"players": players[start : start + BATCH]}) for start in range(0, len(players), BATCH)]
    return [("POST", "/v1/check", system.headers(), body) for body in bodies]


def asked(service: str, count: int) -> Iterator[tuple[str, str]]:
    """Players of one service; those who are banned are anywhere among all that are held."""
    random = Random(service)  # noqa: S311 - the same in each run
    for place in range(ASKED):
        number = random.randrange(count) & ~1 | (service == "roblox")
        yield banned(number if place % ONE_IN == 0 else number + NOBODY)


def address(place: int) -> str:
    """No two are the same, so none is known to a cache."""
    return f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
