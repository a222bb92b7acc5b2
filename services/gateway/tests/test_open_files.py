"""Clients that wait take files of the system; those who ask for a check need some too."""

import asyncio
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, MASTER_KEY, NatsServer, until
from services.gateway.tests.stand_in import Infractions

from banstream_privacy.transit import sealing_public_key
from banstream_testing.servers import free_port

FILES = 128
SECRETS = ("all", "another")  # no credential alone may take every seat
HEADERS = {"Authorization": "Bearer all"}
PLAYERS = {"players": [{"service": "roblox", "id": "1"}]}


@pytest.mark.parametrize(
    ("soft", "hard", "seats", "after"),
    [(1024, 8192, 2000, 4000), (1024, 1024, 512, 1024), (8000, 8192, 2000, 8000), (1024, 3000, 1500, 3000)],
    ids=["raised", "cannot be raised", "enough", "raised as far as may be"],
)
def test_half_of_the_open_files_are_for_clients_that_wait(soft: int, hard: int, seats: int, after: int) -> None:
    code = (
        "import resource; from banstream_gateway.open_files import seats_within_limit;"
        f" resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        " print('found', seats_within_limit(2000), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own code
    assert said.splitlines()[-1].split() == ["found", str(seats), str(after)]
    assert ("fewer_clients_may_wait" in said) == (seats < 2000)


async def test_checks_find_room_while_all_who_can_wait(
    server: NatsServer, infractions: Infractions, tmp_path: Path
) -> None:
    for secret in SECRETS:
        await infractions.admit(secret, "check")
    async with AsyncExitStack() as stack:
        url = stack.enter_context(few_files(server, tmp_path / "log"))
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        http = await stack.enter_async_context(aiohttp.ClientSession(url, connector=connector, headers=HEADERS))
        cursor = await until(lambda: now(http))
        polls: list[asyncio.Task[int]] = []
        while len(polls) < FILES:
            polls += [asyncio.create_task(poll(http, cursor, secret)) for secret in SECRETS for _ in range(8)]
            await until(partial(all_are_settled, http, polls))
        assert [each.result() for each in polls if each.done()] == [503] * (FILES // 2)
        for _ in range(20):
            async with http.post("/v1/check", json=PLAYERS) as answer:
                assert answer.status == 200
        for each in polls:
            each.cancel()
        await asyncio.wait(polls)
    assert "fewer_clients_may_wait" in (tmp_path / "log").read_text()


@contextmanager
def few_files(server: NatsServer, log: Path) -> Iterator[str]:
    """A gateway that may not open many files."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "BANSTREAM_NATS_URL": server.url,
        "BANSTREAM_HTTP_PORT": str(port),
        "BANSTREAM_ADDRESS_KEY": ADDRESS_KEY.hex(),
        "BANSTREAM_SEALING_PUBLIC_KEY": sealing_public_key(MASTER_KEY).hex(),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "banstream_gateway"],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES)),  # noqa: PLW1509 - no threads here
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


async def now(http: aiohttp.ClientSession) -> str | None:
    try:
        async with http.get("/v1/feed") as answer:
            return str((await answer.json())["cursor"]) if answer.status == 200 else None
    except aiohttp.ClientError:
        return None


async def poll(http: aiohttp.ClientSession, cursor: str, secret: str) -> int:
    sent = {"Authorization": f"Bearer {secret}"}
    async with http.get("/v1/feed", params={"cursor": cursor, "wait": "25"}, headers=sent) as answer:
        return answer.status


async def all_are_settled(http: aiohttp.ClientSession, polls: list["asyncio.Task[int]"]) -> bool:
    """Whether each waits or was answered."""
    async with http.get("/metrics") as answer:
        (waiting,) = re.findall(r'push_clients{transport="poll"} (\d+)', await answer.text())
    return int(waiting) + sum(each.done() for each in polls) == len(polls)
