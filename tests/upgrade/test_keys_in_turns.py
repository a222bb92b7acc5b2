"""Keys replaced in a running system, step by step as docs/operations.md says: of addresses, ftp-sync and dayz-feed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from banstream_contracts import streams
from banstream_privacy.transit import sealing_public_key
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_testing.dayz_feed import DAYZ_FEED_KEY, file_name, header, placed
from banstream_testing.infractions import FTP_SYNC_KEY
from banstream_testing.processes import ADDRESS_KEY, Service
from banstream_testing.steps import Answer, call, run_banstream, somebody
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

NEW = b"n" * 32
ADDRESS = "BANSTREAM_ADDRESS_KEY"
PUBLIC = "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY"
REMOVE = "/api/v1/infractions/remove"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system() -> AsyncIterator[System]:
    async with running_system(2, ftp_sync=True, dayz_feed=True) as running:
        yield running


def turns(*keys: bytes) -> str:
    return ",".join(key.hex() for key in keys)


async def restart(system: System, service: Service, **settings: str) -> None:
    assert service.stop() == 0
    service.change(settings)
    service.start()
    for number in range(len(system.gateways)):
        await system.wait_ready(number)
        await system.wait_known(number)
    await system.wait_all()


async def banned(system: System, ip: str, gateway: int = 0) -> str:
    body = {"player": {"service": "minecraft", "id": f"p{somebody()}", "ip": ip}, "punishments": ["ban"], "reason": "x"}
    answer = await call(system, "POST", "/v1/infractions", body, gateway=gateway)
    assert answer.status == 201, answer
    return str(answer.body["id"])


async def is_let_in(system: System, ip: str, gateway: int, position: str) -> bool:
    path = f"/v1/players/minecraft/p{somebody()}/restrictions?ip={ip}&position={position}"
    answer = await call(system, "GET", path, gateway=gateway)
    assert answer.status == 200, answer
    return "ban" not in answer.body["restrictions"]


async def test_an_unban_by_address_lifts_what_holds_under_any_key(system: System) -> None:
    ip, (one, two) = "203.0.113.9", (gateway.service for gateway in system.gateways)
    await restart(system, two, **{ADDRESS: turns(NEW)})
    await banned(system, ip, gateway=0)
    await banned(system, ip, gateway=1)
    await restart(system, one, **{ADDRESS: turns(ADDRESS_KEY, NEW)})
    await restart(system, two, **{ADDRESS: turns(NEW, ADDRESS_KEY)})
    headers = {"Authorization": f"SERVER {system.server_id} {system.server_key}"}
    body = {"player": {"ip": ip}, "remove_reason": "shared line"}
    async with system.http.post(f"{system.url}{REMOVE}", json=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["num_removed"]) == (200, 2)
        position = answer.headers["Banstream-Position"]
    assert [await is_let_in(system, ip, gateway, position) for gateway in (0, 1)] == [True, True]


async def test_the_key_of_ftp_sync_takes_its_turn(system: System, tmp_path: Path) -> None:
    """With bans of addresses of before, which infractions has sealed for the old key."""
    file, password = tmp_path / "banned_ip.cfg", tmp_path / "password"
    password.write_text(PASSWORD)
    ftp_sync = system.deciders[streams.FTP_SYNC]
    with ftp_server(tmp_path) as server:
        place = f"ftp://{USER}@127.0.0.1:{server.port}/{file.name}"
        first = await banned(system, "203.0.113.1")
        made = await told(
            system, "ban-files", "add", "Addresses", "source-addresses", place, "--create", *secret(password)
        )
        await until_lines(file, "203.0.113.1")

        await restart(system, ftp_sync, BANSTREAM_FTP_SYNC_MASTER_KEY=turns(NEW, FTP_SYNC_KEY))
        public = {PUBLIC: sealing_public_key(NEW).hex()}
        for gateway in system.gateways:
            await restart(system, gateway.service, **public)
        await restart(system, system.infractions, **public)
        await told(system, "ban-files", "change", made["id"], "--place", place, *secret(password))
        await banned(system, "203.0.113.2")
        await until_lines(file, "203.0.113.1", "203.0.113.2")

        await restart(system, ftp_sync, BANSTREAM_FTP_SYNC_MASTER_KEY=turns(NEW))
        await banned(system, "203.0.113.3")
        await until_lines(file, "203.0.113.1", "203.0.113.2", "203.0.113.3")
        lifted: Answer = await call(system, "POST", f"/v1/infractions/{first}/lift", {"reason": "appeal"})
        assert lifted.status == 200
        await until_lines(file, "203.0.113.2", "203.0.113.3")


async def test_the_key_of_the_dayz_feed_takes_its_turn(system: System, tmp_path: Path) -> None:
    began, (logs, password) = datetime.now(UTC).replace(tzinfo=None), (tmp_path / "logs", tmp_path / "password")
    password.write_text(PASSWORD)
    logs.mkdir()
    log = logs / file_name(began)
    log.write_bytes(header(began) + placed(began, 1))
    feed = system.deciders[streams.DAYZ_FEED]
    with ftp_server(logs) as server:
        place = ("--kind", "ftp", "--host", "127.0.0.1", "--port", str(server.port), "--user", USER, "--folder", "/")
        often = ("--server", system.server_id, "--zone", "UTC", "--every", "10s", "--secret", str(password))
        made = await told(system, "log-sources", "add", "Chernarus", *place, *often)
        before = await until_read(system, made["id"], 0)

        await restart(system, feed, BANSTREAM_DAYZ_FEED_MASTER_KEY=turns(NEW, DAYZ_FEED_KEY))
        for gateway in system.gateways:
            public = sealing_public_key(NEW).hex()
            await restart(system, gateway.service, BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY=public)
        await told(system, "log-sources", "change", made["id"], "--secret", str(password))

        await restart(system, feed, BANSTREAM_DAYZ_FEED_MASTER_KEY=turns(NEW))
        with log.open("ab") as more:
            more.write(placed(began, 2))
        await until_read(system, made["id"], before)


async def until_read(system: System, source_id: str, before: int) -> int:
    async def size() -> int | None:
        progress = (await told(system, "log-sources", "show", source_id))["progress"] or {}
        return progress["offset"] if progress.get("offset", 0) > before else None

    return await eventually(size)


async def test_the_old_key_of_a_server_ends_within_a_second(system: System) -> None:
    old = {"Authorization": f"SERVER {system.server_id} {system.server_key}"}
    new = (await told(system, "servers", "rotate", system.server_id))["key"]
    began = time.monotonic()

    async def is_ended() -> bool:
        answers = [await status(system, gateway.url, old) for gateway in system.gateways]
        return answers == [401, 401]

    await eventually(is_ended)
    assert time.monotonic() - began < 1
    system.server_key = new
    headers = {"Authorization": f"SERVER {system.server_id} {new}"}
    assert [await status(system, gateway.url, headers) for gateway in system.gateways] == [200, 200]


async def status(system: System, url: str, headers: dict[str, str]) -> int:
    async with system.http.get(f"{url}/api/v1/infractions/check?ip=203.0.113.77", headers=headers) as answer:
        return answer.status


def secret(file: Path) -> tuple[str, str]:
    return "--password-file", str(file)


async def told(system: System, *arguments: str) -> Any:
    ran = await run_banstream(system.cli_environment(), *arguments, "--json")
    assert ran.code == 0, ran
    return json.loads(ran.out)


async def until_lines(file: Path, *addresses: str) -> None:
    expected = "".join(f"addip 0 {each}\n" for each in addresses)

    async def has_them() -> bool:
        return await asyncio.to_thread(text, file) == expected

    await eventually(has_them)


def text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
