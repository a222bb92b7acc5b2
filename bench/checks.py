"""Join checks against a bare aiohttp handler."""

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from banstream_testing.servers import free_port
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually
from bench.report import Figure

Request = tuple[str, str, dict[str, str], str | None]
ROUNDS, SECONDS, CONNECTIONS, BANNED = 5, 2.0, 16, 200
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


@asynccontextmanager
async def bare_handler() -> AsyncIterator[str]:
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
        yield url
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


async def compare(what: str, system: System, bare: str, requests: list[Request]) -> list[Figure]:
    """Alternate control and gateway; medians of the rounds."""
    ours, theirs = [], []
    await load(system.url, requests, 0.5, CONNECTIONS)
    for _ in range(ROUNDS):
        theirs.append(await load(bare, requests, SECONDS, CONNECTIONS))
        ours.append(await load(system.url, requests, SECONDS, CONNECTIONS))
    assert {status for each in ours for status in each["statuses"]} == {"200"}

    def median(runs: list[dict[str, Any]], key: str) -> float:
        return float(statistics.median(run[key] for run in runs))

    note = f"{CONNECTIONS} connections, 1 in 20 banned, median of {ROUNDS} alternating rounds of {SECONDS:g} s"
    return [
        Figure(what, "/s", median(ours, "per_second"), median(theirs, "per_second"), goal=0.7, note=note),
        Figure(f"{what}, p99", "ms", median(ours, "p99_ms"), median(theirs, "p99_ms")),
    ]


async def measure_gflbans(system: System, bare: str) -> list[Figure]:
    """As SourceMod asks: a server's credentials, a Steam id and an address."""
    await fill(system, "steam", STEAM_BASE)
    headers = {"Authorization": f"SERVER {system.server_id} {system.server_key}", "Accept": "application/json"}
    path = "/api/v1/infractions/check?include_other_servers=true&gs_service=steam&gs_id={}&ip=192.0.2.{}"
    requests: list[Request] = [
        ("GET", path.format(STEAM_BASE + n, n % 254 + 1), headers, None) for n in range(1, BANNED * 20)
    ]
    return await compare("check, GFLBans", system, bare, requests)


async def measure() -> list[Figure]:
    """Native, batch of one, and the facades of Flask Anti-Cheat and GFLBans."""
    async with running_system(settings=UNLIMITED) as system, bare_handler() as bare:
        await fill(system)
        headers = system.headers()
        players = range(1, BANNED * 20)
        native: list[Request] = [("GET", f"/v1/players/roblox/{n}/restrictions", headers, None) for n in players]
        flask: list[Request] = [("POST", "/check_ban", headers, json.dumps({"user_id": n})) for n in players]
        body = json.dumps({"players": [{"service": "roblox", "id": str(n)} for n in range(1, 501)]})
        batch: list[Request] = [("POST", "/v1/check", headers, body)]
        figures = await compare("check, native", system, bare, native)
        figures += await compare("check, Flask Anti-Cheat", system, bare, flask)
        figures += await measure_gflbans(system, bare)
        seen = await load(system.url, batch, SECONDS, 4)
        figures.append(Figure("check in batches of 500", "players/s", seen["per_second"] * 500))
        return figures
