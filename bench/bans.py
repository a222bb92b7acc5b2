"""Durable bans through HTTP, with everything running."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from statistics import median

import asyncpg

from banstream_contracts.commands.encoding import encoded
from banstream_testing.infractions import issue
from banstream_testing.nats_cluster import HOSTS, nats_cluster
from banstream_testing.servers import NatsServer, nats_server
from banstream_testing.steps import ban, is_banned, somebody
from banstream_testing.system import System, running_system
from bench.checks import UNLIMITED, Request, load
from bench.costs import Costs
from bench.history import History
from bench.report import Figure
from bench.sizes import sized
from bench.storing import copied, stored_per_second

CLIENTS, BATCH, ROUNDS = 64, 100, 7
CHECKS_PER_SECOND, CHECKING_CONNECTIONS, MOST_SECONDS = 200, 4, 600
TABLES = ("event_log", "infractions", "command_outcomes")

Servers = Callable[[], AbstractContextManager[NatsServer]]


async def measure() -> list[Figure]:
    """Throughput against the least that it can cost; latency of one; how soon another gateway knows."""
    bans, single_bans, other_bans = sized(200, 6000, 6000), sized(20, 200, 200), sized(10, 200, 200)
    what = f"durable bans through HTTP, {CLIENTS} clients, every service"
    async with everything(nats_server) as system:
        figures = [await single(system, single_bans), *await other_gateway(system, other_bans)]
        throughput = await many(system, bans, what, nats_server, goal=1000)
    async with everything(synced) as system:
        of_synced = await many(system, bans // 4, "the same, NATS syncs every message", synced)
    return [throughput, of_synced, *figures]


def synced() -> AbstractContextManager[NatsServer]:
    """NATS with the configuration that operators generate: an acknowledged message is on disk (ADR 0017)."""
    return nats_cluster(hosts=HOSTS[:1])


def everything(servers: Servers) -> AbstractAsyncContextManager[System]:
    """Every service and two gateways."""
    return running_system(gateways=2, settings=UNLIMITED, console=True, ftp_sync=True, dayz_feed=True, servers=servers)


async def many(system: System, bans: int, what: str, servers: Servers, goal: float | None = None) -> Figure:
    """Bans a second, of many clients; the control is on a NATS server of the same kind."""
    requests = [request(system, 10_000_000 + number) for number in range(bans)]
    costs = Costs(system)
    seen = await load(system.url, requests, MOST_SECONDS, CLIENTS, most=bans)
    assert seen["statuses"] == {"201": bans}, seen["statuses"]
    cost = costs.told(bans)
    control = await least(system, bans, servers)
    note = (
        f"p99 {seen['p99_ms']:.0f} ms; {cost}; control: a JetStream publish each, and the same rows in"
        f" {', '.join(TABLES)} in transactions of up to {BATCH}"
    )
    return Figure(what, "/s", seen["per_second"], control, goal=goal, of_value=True, note=note)


async def held(history: History) -> list[Figure]:
    """Bans a second over many that are held, against the same system without any, in alternating rounds."""
    bans = sized(50, 1500, 1500)
    rates: list[tuple[float, float]] = []
    async with running_system(settings=UNLIMITED) as empty:
        for number in range(ROUNDS):
            first = 30_000_000 + number * bans
            rates.append((await rate(history.system, first, bans), await rate(empty, first, bans)))
    value, control = (median(found) for found in zip(*rates, strict=True))
    what = f"durable bans over {history.events:,} held"
    note = f"control: a system that holds none; median of {ROUNDS} alternating rounds of {bans} bans"
    return [Figure(what, "/s", value, control, goal=0.9, note=note)]


async def rate(system: System, first: int, bans: int) -> float:
    """Bans a second, of players from a number on."""
    requests = [request(system, first + number) for number in range(bans)]
    seen = await load(system.url, requests, MOST_SECONDS, CLIENTS, most=bans)
    assert seen["statuses"] == {"201": bans}, seen["statuses"]
    return float(seen["per_second"])


def request(system: System, player: int) -> Request:
    """A ban of one player."""
    body = {"player": {"service": "roblox", "id": player}, "punishments": ["ban"], "reason": "bench"}
    return ("POST", "/v1/infractions", system.headers(), json.dumps(body))


async def single(system: System, bans: int) -> Figure:
    """One client, one ban after the other."""
    requests = [request(system, 20_000_000 + number) for number in range(bans)]
    seen = await load(system.url, requests, MOST_SECONDS, 1, most=bans)
    note = f"p99 {seen['p99_ms']:.1f} ms; {bans} bans"
    return Figure("one ban, one client, p50", "ms", seen["p50_ms"], goal=8, at_most=True, note=note)


async def other_gateway(system: System, bans: int) -> list[Figure]:
    """From the answer of one gateway until the other refuses, which answers checks of others meanwhile."""
    checking = asyncio.create_task(_checks(system))
    delays = []
    try:
        for _ in range(bans):
            player = somebody()
            await ban(system, player, gateway=0)
            began = time.perf_counter()
            while not await is_banned(system, player, gateway=1):
                pass
            delays.append((time.perf_counter() - began) * 1000)
    finally:
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)
    delays.sort()
    what = f"ban until another gateway refuses, at {CHECKS_PER_SECOND} checks/s"
    note = f"{bans} bans; after the answer of the first"
    p50, p99 = delays[bans // 2], delays[min(bans - 1, bans * 99 // 100)]
    return [
        Figure(f"{what}, p50", "ms", p50, goal=10, at_most=True, note=note),
        Figure(f"{what}, p99", "ms", p99, goal=50, at_most=True),
    ]


async def _checks(system: System) -> None:
    """For ever, of players whom nobody bans, through the gateway that is to refuse."""
    path = "/v1/players/roblox/{}/restrictions"
    requests: list[Request] = [("GET", path.format(n), system.headers(), None) for n in range(1, 1000)]
    url = system.gateways[1].url
    await load(url, requests, MOST_SECONDS, CHECKING_CONNECTIONS, rate=CHECKS_PER_SECOND)


async def least(system: System, bans: int, servers: Servers) -> float:
    """Bans a second when nothing is done but publishing a message for each and inserting their rows."""
    connection = await asyncpg.connect(system.admin_database_url, server_settings={"search_path": "infractions"})
    try:
        async with copied(connection, TABLES, bans) as rows:
            return await stored_per_second(servers, connection, rows, encoded(issue()), bans, CLIENTS, BATCH)
    finally:
        await connection.close()
