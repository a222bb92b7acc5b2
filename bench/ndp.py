"""NDP's join check against a bare aiohttp handler, and its list of 10,000 bans."""

import json
import time

from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually
from bench import restricted
from bench.bans import CLIENTS
from bench.checks import ASKED, HELD, ONE_IN, UNLIMITED, Request, address, bare_handler, compare, load
from bench.report import Figure
from bench.sizes import sized

LISTED, TIMES, CHANGES = 10_000, 200, 10
_GZIP = {"Accept-Encoding": "gzip"}


async def measure() -> list[Figure]:
    """The list: whole, unchanged, and right after an own ban; then checks with it and all others in memory."""
    count = sized(2000, HELD, HELD)
    async with running_system(settings=UNLIMITED) as system, bare_handler() as bare:
        await fill(system)
        figures = await lists(system)
        system.infractions.kill()  # a bucket has one writer
        await restricted.fill(system, 0, count)
        await restricted.known(system, count)
        note = (
            f"{count:,} restrictions held, and {LISTED:,} bans of the list; 1 player in {ONE_IN} asked about is banned"
        )
        return [*figures, *await compare("check, NDP", system, bare, checks(system), note)]


def checks(system: System) -> list[Request]:
    """A name and an address, which nobody else has; those banned are anywhere in the list."""
    path = "/check_ban?username=Player{}&ip={}"
    names = (place * 7 % LISTED if place % ONE_IN == 0 else LISTED * 10 + place for place in range(ASKED))
    return [("GET", path.format(name, address(place)), system.headers(), None) for place, name in enumerate(names)]


async def fill(system: System) -> None:
    """As many bans as the list shall hold, each with an address of its own."""
    requests: list[Request] = [add_ban(system, n) for n in range(LISTED)]
    await load(system.url, requests, 300, CLIENTS, most=LISTED)

    async def are_listed() -> bool:
        async with system.http.get(f"{system.url}/bans", headers=system.headers()) as answer:
            return answer.status == 200 and (await answer.json())["player_count"] == LISTED

    await eventually(are_listed)


def add_ban(system: System, number: int) -> Request:
    """As NDP-MCDR sends it."""
    body = {
        "verification": system.token,
        "action": "ban",
        "username": f"Player{number}",
        "ip": f"10.8.{number >> 8}.{number & 255}",
        "cause": "griefing the spawn",
    }
    return "POST", "/add_ban", {}, json.dumps(body)


async def lists(system: System) -> list[Figure]:
    """What one client waits for."""
    headers = {**system.headers(), **_GZIP}
    whole = await load(system.url, [("GET", "/bans", headers, None)], 60, 1, most=TIMES)
    async with system.http.get(f"{system.url}/bans", headers=headers) as answer:
        etag, size = answer.headers["ETag"], int(answer.headers["Content-Length"])
    asking = {**headers, "If-None-Match": etag}
    unchanged = await load(system.url, [("GET", "/bans", asking, None)], 60, 1, most=TIMES)
    assert set(unchanged["statuses"]) == {"304"}, unchanged["statuses"]
    note = f"p99 {whole['p99_ms']:.1f} ms; {size / 1000:.0f} kB packed"
    fresh = await after_own_bans(system, headers)
    return [
        Figure(f"list of {LISTED} bans, p50", "ms", whole["p50_ms"], goal=20, at_most=True, note=note),
        Figure("the same, unchanged (304), p50", "ms", unchanged["p50_ms"], note=f"p99 {unchanged['p99_ms']:.1f} ms"),
        Figure("the same, right after an own ban, p50", "ms", fresh, note="it is made anew first; for information"),
    ]


async def after_own_bans(system: System, headers: dict[str, str]) -> float:
    """The median of the time that the list takes which must show the ban just made."""
    seconds = []
    for number in range(CHANGES):
        method, path, _, body = add_ban(system, LISTED + number)
        async with system.http.request(method, system.url + path, json=json.loads(body or "")) as banned:
            assert banned.status == 200
        began = time.perf_counter()
        async with system.http.get(f"{system.url}/bans", headers=headers, auto_decompress=False) as answer:
            await answer.read()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[CHANGES // 2] * 1000
