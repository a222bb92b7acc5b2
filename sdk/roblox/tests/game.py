"""A game server that runs beside a test: Luau in a process of its own, on the real clock, with real requests."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from banstream_testing.waiting import eventually

RUNNER = Path(__file__).parent / "standin" / "runner.py"
PATIENCE_SECONDS = 60.0

_PREAMBLE = """
local Rewind = require(world.package)
local Players = game:GetService("Players")
local function kicksOf(userId) return world.kicks[userId] or {} end
"""


class Game:
    """Runs server scripts; what they return comes back."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._reading = asyncio.create_task(self._read())

    async def run(self, source: str) -> Any:
        """Run a script to its end. Raises AssertionError with its error and where it was."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "source": _PREAMBLE + source}).encode() + b"\n")
        await self._process.stdin.drain()
        told = await asyncio.wait_for(answer, PATIENCE_SECONDS)
        assert "problem" not in told, told["problem"]
        return told["value"]

    async def until(self, expression: str) -> Any:
        """Evaluate until it is true (in Luau's sense)."""

        async def evaluated() -> Any:
            return await self.run(f"return {expression}")

        return await eventually(evaluated, PATIENCE_SECONDS)

    async def kicks(self, user_id: str) -> list[str]:
        """The texts that a player was kicked with, once there is one."""
        found: list[str] = await self.until(f"#kicksOf({user_id}) > 0 and kicksOf({user_id})")
        return found

    async def close(self) -> None:
        """End the process and wait for it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            answer = self._answers.pop(told["id"])
            if not answer.done():
                answer.set_result(told)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result({"problem": "the game server has ended"})


@asynccontextmanager
async def running_game(python: Path, log: Path, secrets: Mapping[str, str]) -> AsyncIterator[Game]:
    """Start a game server; `secrets` are those of its experience."""
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            python,
            RUNNER,
            "serve",
            json.dumps({"secrets": dict(secrets)}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=2**24,
        )
    game = Game(process)
    try:
        yield game
    finally:
        await game.close()
