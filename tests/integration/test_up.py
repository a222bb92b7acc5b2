"""`banstream up`: from an empty folder to a ban that outlives a restart, and what its supervisor answers for.

One test, since each start of everything costs more than all that is looked at afterwards.
"""

import asyncio
import json
import os
import signal
import stat
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from banstream_testing.servers import free_port
from banstream_testing.steps import run_banstream
from banstream_testing.system import PATIENT
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

START_SECONDS = 150


@dataclass(frozen=True, slots=True)
class Up:
    """A running `banstream up`."""

    environment: dict[str, str]
    folder: Path
    process: asyncio.subprocess.Process
    printed: list[str]

    @property
    def credentials(self) -> dict[str, Any]:
        credentials: dict[str, Any] = json.loads((self.folder / "dev-credentials.json").read_text())
        return credentials

    @property
    def pids(self) -> dict[str, int]:
        pids: dict[str, int] = json.loads((self.folder / "stack.json").read_text())["pids"]
        return pids

    async def post(self, path: str, body: object, token: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.credentials['url']}{path}", json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()

    async def stop(self) -> float:
        """Seconds that a SIGTERM takes; every process has gone then."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert await self.process.wait() == 0
        took = time.monotonic() - began
        assert not living(children)
        return took


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended, whether or not somebody has asked how they did."""
    return [each for each in processes if each.is_running() and not is_ended(each)]


def is_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@cache
def console_port(_http_port: int) -> int:
    """The same each time that a stack is started."""
    return free_port()


def environment_of(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "BANSTREAM_DATA_DIR": str(folder),
        "BANSTREAM_HTTP_PORT": str(port),
        "BANSTREAM_GATEWAY_WORKERS": "2",
        "BANSTREAM_CONSOLE_PORT": str(console_port(port)),
        "BANSTREAM_READY_TIMEOUT_SECONDS": f"{START_SECONDS}",
        **PATIENT,
    }


@asynccontextmanager
async def up(folder: Path, port: int, **settings: str) -> AsyncIterator[Up]:
    environment = environment_of(folder, port) | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "banstream_cli", "up", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    printed: list[str] = []
    while not printed or not printed[-1].startswith("READY"):
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        assert line, printed
        printed.append(line.decode().rstrip())
    draining = asyncio.create_task(process.stdout.read())
    try:
        yield Up(environment, folder, process, printed)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        await draining


async def test_from_an_empty_folder_through_a_restart_and_deaths_to_the_end_of_the_supervisor(tmp_path: Path) -> None:
    folder, port = tmp_path / "data", free_port()
    async with up(folder, port, BANSTREAM_NATS_CA_FILE="of/another/nats.crt") as first:
        credentials = first.credentials
        assert first.printed[-1] == f"READY http://127.0.0.1:{port}"
        assert stat.S_IMODE((folder / "dev-credentials.json").stat().st_mode) == 0o600
        assert credentials.keys() >= {"url", "console_url", "server", "token", "admin_token"}
        assert f"{credentials['console_url']}/hall-of-shame" in first.printed
        token = credentials["token"]
        banned = await first.post(f"/t/{token}/ban", {"user_id": 123456789, "reason": "speed hack"})
        assert banned == (200, {"status": "success", "message": "User 123456789 banned"})
        for form in (123456789, "123456789"):
            for path, bearer in ((f"/t/{token}/check_ban", None), ("/check_ban", token)):

                async def is_banned(path: str = path, form: object = form, bearer: str | None = bearer) -> bool:
                    return await first.post(path, {"user_id": form}, bearer) == (200, {"status": "banned"})

                await eventually(is_banned)  # by either of the two gateway processes
        assert (await first.post("/check_ban", {"user_id": 123456789}))[0] == 401
        told = ("events", "tail", "--from-start", "--type", "infraction.issued", "-n", "1")
        tail = await run_banstream(first.environment, *told)
        assert tail.code == 0, tail
        assert "123456789" in tail.out
        assert "speed hack" in tail.out
        doctor = await run_banstream(first.environment, "doctor")
        assert doctor.code == 0, doctor
        exported = await run_banstream(first.environment, "log", "export", "--format", "text")
        assert "123456789" in exported.out
        assert "speed hack" in exported.out
        assert await first.stop() < 10
    async with up(folder, port) as again:
        assert again.credentials == credentials
        assert await again.post("/check_ban", {"user_id": "123456789"}, token) == (200, {"status": "banned"})
        assert (await run_banstream(again.environment, "log", "verify")).code == 0
        await refuses_a_second_start(again, folder, port, tmp_path / "other")
        await starts_what_dies_again(again)
        await leaves_nothing_when_the_supervisor_is_killed(again)


async def refuses_a_second_start(running: Up, folder: Path, port: int, other: Path) -> None:
    """On the same folder, or on the same port, in one line."""
    same_folder = await run_banstream(environment_of(folder, free_port()), "up")
    same_port = await run_banstream(environment_of(other, port), "up")
    for refused in (same_folder, same_port):
        assert refused.code == 2
        assert len(refused.err.strip().splitlines()) == 1, refused.err
    assert running.process.returncode is None


async def starts_what_dies_again(running: Up) -> None:
    """Each of four processes, one after the other."""
    token = running.credentials["token"]
    before = running.pids
    for name in ("infractions", "gateway-1", "nats", "postgres"):
        os.kill(before[name], signal.SIGKILL)

        async def is_new(dead: str = name) -> bool:
            return running.pids.get(dead, before[dead]) != before[dead]

        await eventually(is_new)

    async def works() -> bool:
        try:
            status, _ = await running.post("/ban", {"user_id": 7}, token)
        except aiohttp.ClientError:
            return False
        return status == 200

    await eventually(works)


async def leaves_nothing_when_the_supervisor_is_killed(running: Up) -> None:
    """No process that it had started lives on."""
    children = psutil.Process(running.process.pid).children(recursive=True)
    assert children
    running.process.kill()
    await running.process.wait()

    async def are_gone() -> bool:
        return not living(children)

    await eventually(are_gone)
