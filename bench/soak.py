"""Hours at half of the limits: whether memory grows, and whether anything fails. `python -m bench --soak MINUTES`."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from banstream_contracts import streams
from banstream_runtime.connection import connect
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually
from bench.checks import UNLIMITED, Request, load
from bench.load import NUMBER
from bench.processes import MEGABYTE, memory_of, with_descendants, written_bytes
from bench.report import Figure
from bench.sizes import sized

SHARE = 0.5
"""Of what each kind of load can do alone, divided among the kinds."""
CONNECTIONS, PLAYERS, BAN_SECONDS, BATCH = 8, 20_000, 60, 10
MORE_CONNECTIONS = 32
"""By which half of the limit is sent: a connection that asks one at a time stays behind for ever once it is."""
STEADY_FROM = 1 / 2
"""Memory before this part of the run is the filling of buffers and caches: gateways keep events for 15 minutes."""
DECIDED_SECONDS = 60.0
FINE = {"200", "201", "202"}


@dataclass(slots=True)
class Memory:
    """Bytes of each process that are not those of files, by seconds since the begin."""

    samples: dict[str, list[tuple[float, int]]] = field(default_factory=dict)

    def take(self, system: System, second: float) -> None:
        """Look at every process; raises RuntimeError for one that has ended."""
        for name, pids in groups(system).items():
            used = sum(memory_of(pids, written_bytes).values())
            if not used:
                raise RuntimeError(f"{name} has ended")
            self.samples.setdefault(name, []).append((second, used))


async def measure(minutes: float) -> list[Figure]:
    """Checks, bans that end after a minute, and incidents, all at once and all services running."""
    async with running_system(gateways=2, settings=UNLIMITED, console=True, ftp_sync=True, dayz_feed=True) as system:
        kinds = {"checks": _checks(system), "bans": _bans(system), "incidents": _incidents(system, "limit")}
        rates = {name: await _limit(system, requests) * SHARE / len(kinds) for name, requests in kinds.items()}
        kinds["incidents"] = _incidents(system, "soak")  # those of the limit would be repeated, which is cheap
        memory = Memory()
        loads = [
            asyncio.create_task(load(system.url, requests, minutes * 60, MORE_CONNECTIONS, rate=rates[name]))
            for name, requests in kinds.items()
        ]
        await _watch(system, memory, loads)
        seen = dict(zip(kinds, [await each for each in loads], strict=True))
        bad = Counter(await _left(system))
        for service in system.services:
            bad[f"errors logged by {service.name}"] += errors_in(service.output)
    return [*_loads(seen, rates, minutes), _errors(seen, bad), *_slopes(memory)]


def groups(system: System) -> dict[str, list[int]]:
    """Processes by name; those of a server in a container are not seen."""
    found = {service.name: [service.pid] for service in system.services}
    servers: dict[str, Callable[[], list[int]]] = {"nats": system.nats.pids, "postgres": system.postgres.pids}
    return found | {name: with_descendants(pids()) for name, pids in servers.items() if pids()}


def slope_per_hour(samples: list[tuple[float, int]]) -> float:
    """Bytes an hour by least squares; 0 of fewer than two samples."""
    if len(samples) < 2:
        return 0.0
    middle = sum(second for second, _ in samples) / len(samples)
    level = sum(used for _, used in samples) / len(samples)
    spread = sum((second - middle) ** 2 for second, _ in samples)
    return sum((second - middle) * (used - level) for second, used in samples) / spread * 3600


def errors_in(output: str) -> int:
    """Lines of a log that say that something is broken, and stacks that Python printed by itself."""
    count = 0
    for line in output.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            count += line.startswith("Traceback ")
            continue
        count += isinstance(entry, dict) and entry.get("level") in {"error", "critical"}
    return count


async def _limit(system: System, requests: list[Request]) -> float:
    """Requests a second when nothing else is asked for."""
    seen = await load(system.url, requests, sized(1, 5, 5), CONNECTIONS)
    assert seen["statuses"].keys() <= FINE, seen["statuses"]
    return float(seen["per_second"])


async def _watch(system: System, memory: Memory, loads: list["asyncio.Task[dict[str, Any]]"]) -> None:
    """Until all loads have ended."""
    began, every = time.perf_counter(), sized(1, 10, 10)
    left: set[asyncio.Task[dict[str, Any]]] = set(loads)
    while left:
        memory.take(system, time.perf_counter() - began)
        _, left = await asyncio.wait(left, timeout=every)


async def _left(system: System) -> dict[str, int]:
    """Commands that were accepted and are not decided a while after the last one, and dead letters."""
    client = await connect(system.nats.settings(), "bench", timeout_seconds=30)
    try:

        async def held(stream: str) -> int:
            return (await client.jetstream().stream_info(stream)).state.messages

        async def is_decided() -> bool:
            return not await held(streams.COMMANDS)

        with suppress(AssertionError):
            await eventually(is_decided, DECIDED_SECONDS)
        return {"commands undecided": await held(streams.COMMANDS), "dead letters": await held(streams.DEAD)}
    finally:
        await client.close()


def _checks(system: System) -> list[Request]:
    path = "/v1/players/roblox/{}/restrictions"
    return [("GET", path.format(number), system.headers(), None) for number in range(1, PLAYERS)]


def _bans(system: System) -> list[Request]:
    body = {"punishments": ["ban"], "reason": "soak", "duration_seconds": BAN_SECONDS}
    players = ({"service": "roblox", "id": number} for number in range(1, PLAYERS))
    return [("POST", "/v1/infractions", system.headers(), json.dumps({**body, "player": player})) for player in players]


def _incidents(system: System, phase: str) -> list[Request]:
    """Of one server. Each has an id of its own in a phase, as the same one again would change nothing."""
    requests: list[Request] = []
    for first in range(1, PLAYERS, BATCH):
        some = [
            {
                "id": f"{phase}-{NUMBER}-{place}",
                "player": {"service": "roblox", "id": first + place},
                "reason": "speed_hack",
                "details": {"detectedSpeed": 100, "maxAllowedSpeed": 16},
            }
            for place in range(BATCH)
        ]
        requests.append(("POST", "/v1/incidents", system.headers(system.server_key), json.dumps({"incidents": some})))
    return requests


def _loads(seen: dict[str, dict[str, Any]], rates: dict[str, float], minutes: float) -> list[Figure]:
    note = f"{minutes:g} minutes; control: what was sent, {SHARE:.0%} of the limits for all kinds together"
    return [
        Figure(
            f"soak, {name}, requests",
            "/s",
            each["per_second"],
            rates[name],
            goal=0.95,
            note=f"{note}; p50 {each['p50_ms']:.1f} ms, p99 {each['p99_ms']:.1f} ms",
        )
        for name, each in seen.items()
    ]


def _errors(seen: dict[str, dict[str, Any]], bad: Counter[str]) -> Figure:
    """Other answers than those of success, connections that broke, and what else went wrong."""
    for name, each in seen.items():
        bad.update({f"{status} to {name}": times for status, times in each["statuses"].items() if status not in FINE})
        bad[f"lost connections of {name}"] += each["lost"]
    later = sum(each["statuses"].get("202", 0) for each in seen.values())
    what = ", ".join(f"{times} {what}" for what, times in bad.items() if times) or "none of any kind"
    note = f"{what}; {later} answers said that the command will be carried out later"
    return Figure("soak, errors", "", sum(bad.values()), goal=0, at_most=True, note=note)


def _slopes(memory: Memory) -> list[Figure]:
    """For information: how steep is too steep depends on how long it was looked at."""
    figures = []
    for name, samples in memory.samples.items():
        steady = [each for each in samples if each[0] >= samples[-1][0] * STEADY_FROM]
        slope, last = slope_per_hour(steady) / MEGABYTE, samples[-1][1] / MEGABYTE
        note = f"{samples[0][1] / MEGABYTE:.0f} MB at the begin, {last:.0f} MB at the end"
        figures.append(Figure(f"soak, memory of {name}", "MB/h", slope, note=note))
    return figures
