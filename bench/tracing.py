"""What tracing costs: the same requests to a system without it and to one that records a tenth of its traces."""

import json
import statistics
from itertools import count
from typing import Any

from banstream_testing.otlp import collector
from banstream_testing.system import System, running_system
from bench.checks import CONNECTIONS, UNLIMITED, Request, fill, load
from bench.report import Figure

ROUNDS, SECONDS, SAMPLED = 5, 3.0, "0.1"
_players = count(1_000_000)


def _checks(system: System) -> list[Request]:
    return [("GET", f"/v1/players/roblox/{number}/restrictions", system.headers(), None) for number in range(1, 4000)]


def _bans(system: System) -> list[Request]:
    bodies = [
        {"player": {"service": "roblox", "id": str(next(_players))}, "punishments": ["ban"], "reason": "bench"}
        for _ in range(3000)
    ]
    return [("POST", "/v1/infractions", system.headers(), json.dumps(body)) for body in bodies]


async def measure() -> list[Figure]:
    """Alternate both systems, each by itself under load; medians of the rounds."""
    async with collector() as exported:
        traced = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": exported.url,
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": SAMPLED,
        }
        async with running_system(settings=UNLIMITED) as without, running_system(settings=UNLIMITED | traced) as system:
            figures = []
            for what, requests in (("check", _checks), ("ban", _bans)):
                await fill(without)
                await fill(system)
                figures.append(await _compare(what, without, system, requests))
                assert exported.raw, "nothing was traced"
            return figures


async def _compare(what: str, without: System, system: System, requests: Any) -> Figure:  # noqa: ANN401 - a function of a system
    rates: dict[str, list[float]] = {"without": [], "traced": []}
    for each in (without, system):
        await load(each.url, requests(each), 0.5, CONNECTIONS)
    for number in range(ROUNDS):
        order = [("without", without), ("traced", system)]
        for name, each in order if number % 2 else reversed(order):
            seen = await load(each.url, requests(each), SECONDS, CONNECTIONS)
            assert set(seen["statuses"]) <= {"200", "201"}, seen
            rates[name].append(seen["per_second"])
    note = f"{SAMPLED} of all traces recorded against none, median of {ROUNDS} alternating rounds of {SECONDS:g} s"
    median = {name: statistics.median(found) for name, found in rates.items()}
    return Figure(f"{what}, traced", "/s", median["traced"], median["without"], goal=0.95, note=note)
