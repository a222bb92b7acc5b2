"""All data of Postgres and NATS is lost; a backup brings everything back (issue 8, section 5)."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from nats.aio.client import Client

from banstream_contracts import streams, subjects
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.processes import set_role_passwords
from banstream_testing.servers import PostgresServer
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

PLAYERS = [f"roblox:{number}" for number in range(1, 13)]


async def banstream(system: System, *arguments: str, expect: int = 0) -> str:
    """Run the command on the system."""
    command = [sys.executable, "-m", "banstream_cli", *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, env=system.cli_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == expect, done.stderr
    return done.stderr if expect else done.stdout


async def ban(system: System, player: str) -> None:
    number = player.split(":")[1]
    whom = {"service": "roblox", "id": number, "ip": f"192.0.2.{number}"}
    body = {"player": whom, "punishments": ["ban"], "reason": "aimbot"}
    async with system.http.post(f"{system.url}/v1/infractions", json=body, headers=system.headers()) as answer:
        assert answer.status == 201, await answer.text()


async def state(system: System) -> dict[str, Any]:
    """Every infraction, and what restricts each player and one who joins from an address that is banned."""
    joining = [{"service": "roblox", "id": player.split(":")[1]} for player in PLAYERS]
    joining.append({"service": "roblox", "id": "777", "ip": "192.0.2.3"})
    async with system.http.get(f"{system.url}/v1/infractions?limit=100", headers=system.headers()) as answer:
        assert answer.status == 200
        infractions = await answer.json()
    body = {"players": joining}
    async with system.http.post(f"{system.url}/v1/check", json=body, headers=system.headers()) as answer:
        assert answer.status == 200
        checked = await answer.json()
    return {"infractions": infractions["items"], "checked": checked["results"]}


async def published(client: Client) -> set[tuple[str, str]]:
    """Source and event id of everything on EVENTS."""
    subscription = await client.jetstream().subscribe(subjects.EVENTS, ordered_consumer=True)
    info = await client.jetstream().stream_info(streams.EVENTS)
    messages = [await subscription.next_msg(60) for _ in range(info.state.messages)]
    await subscription.unsubscribe()
    return {((each.headers or {})["ce-source"], (each.headers or {})["ce-id"]) for each in messages}


async def empty_database(system: System) -> None:
    base, name = system.admin_database_url.rsplit("/", 1)
    connection = await asyncpg.connect(f"{base}/postgres")
    await connection.execute(f"drop database {name} with (force)")
    await connection.execute(f"create database {name}")
    await connection.close()


def damaged(file: Path) -> Path:
    """A copy in which the log of infractions is another than its checksum says."""
    copy = file.with_name("damaged.zip")
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        log = archive.getinfo("infractions/event_log")
    content[log.header_offset + 30 + len(log.filename) + log.compress_size // 2] ^= 0xFF
    copy.write_bytes(content)
    return copy


async def test_a_backup_brings_everything_back(tmp_path: Path, postgres: PostgresServer) -> None:
    async with running_system(postgres=postgres) as system:
        for player in PLAYERS:
            await ban(system, player)
        await banstream(system, "lift", PLAYERS[0], "--reason", "appeal")
        await banstream(system, "abuse", "report", PLAYERS[1], "speed_hack")
        client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)

        async def all_published() -> bool:
            return len(await published(client)) >= len(PLAYERS) + 5

        await eventually(all_published)
        before, told = await state(system), await published(client)
        assert [bool(each["restrictions"]) for each in before["checked"]] == [False, *[True] * len(PLAYERS)]
        file = tmp_path / "backup.zip"
        written = json.loads(await banstream(system, "backup", str(file), "--json"))
        assert written["parts"]["infractions"]["events"] >= len(PLAYERS) + 1
        assert file.stat().st_mode & 0o077 == 0

        assert "is running on this database" in await banstream(system, "restore", str(file), expect=1)

        for service in system.services:
            service.kill()
        assert "already" in await banstream(system, "restore", str(file), expect=1)
        await empty_database(system)
        for name in [each.config.name for each in await client.jetstream().streams_info()]:
            await client.jetstream().delete_stream(str(name))
        await banstream(system, "streams", "apply")
        assert "damaged" in await banstream(system, "restore", str(damaged(file)), expect=1)
        await banstream(system, "restore", str(file))
        await set_role_passwords(system.admin_database_url)
        for service in system.services:
            service.start()
        await system.wait_ready()

        async def is_as_before() -> bool:
            with contextlib.suppress(AssertionError):  # who has just started answers nobody yet
                return await state(system) == before
            return False

        async def is_all_told() -> bool:
            return await published(client) == told

        await eventually(is_as_before)
        await eventually(is_all_told)
        assert json.loads(await banstream(system, "log", "verify", "--json"))["whole"]
        await ban(system, "roblox:99")
        await client.close()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x05\x06" + bytes(18), bytes(range(200))], ids=["empty", "no manifest", "noise"]
)
async def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "backup.zip"
    file.write_bytes(content)
    command = [sys.executable, "-m", "banstream_cli", "restore", str(file)]
    done = await asyncio.to_thread(
        subprocess.run, command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no backup of banstream" in done.stderr
