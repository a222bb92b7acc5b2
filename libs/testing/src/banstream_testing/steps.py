"""What game servers and operators do, in a line each."""

import asyncio
import itertools
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from banstream_testing.system import System

_players = itertools.count(1_000_000 + os.getpid() % 1000 * 1_000_000)


def somebody() -> str:
    """A Roblox id that nobody else in this run uses."""
    return str(next(_players))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: Any


async def call(
    system: System,
    method: str,
    path: str,
    body: object = None,
    *,
    gateway: int = 0,
    token: str | None = None,
    key: str | None = None,
) -> Answer:
    """One request to a gateway; the body of the answer is parsed where it is JSON."""
    sent = system.headers(token)
    if key:
        sent["Idempotency-Key"] = key
    url = f"{system.gateways[gateway].url}{path}"
    async with system.http.request(method, url, json=body, headers=sent) as answer:
        text = await answer.text()
        parsed = json.loads(text) if "json" in answer.content_type else text
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, parsed)


async def ban(system: System, player: str, *, gateway: int = 0, key: str | None = None, **fields: Any) -> Answer:
    """A global ban of a Roblox player."""
    body = {"player": {"service": "roblox", "id": player}, "punishments": ["ban"], "reason": "aimbot", **fields}
    return await call(system, "POST", "/v1/infractions", body, gateway=gateway, key=key)


async def restrictions(system: System, player: str, *, gateway: int = 0) -> Any:
    """What restricts a Roblox player by a gateway; raises unless it answers 200."""
    answer = await call(system, "GET", f"/v1/players/roblox/{player}/restrictions", gateway=gateway)
    assert answer.status == 200, answer
    return answer.body["restrictions"]


async def is_banned(system: System, player: str, *, gateway: int = 0) -> bool:
    """Whether a gateway refuses a Roblox player."""
    return "ban" in await restrictions(system, player, gateway=gateway)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


async def banstream(system: System, *arguments: str) -> Ran:
    """The `banstream` command on a system."""
    return await run_banstream(system.cli_environment(), *arguments)


async def run_banstream(environment: dict[str, str], *arguments: str) -> Ran:
    """The `banstream` command with an environment of its own."""
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "banstream_cli",
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(command.communicate(), 60)
    return Ran(command.returncode or 0, out.decode(), err.decode())
