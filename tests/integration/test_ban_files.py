"""From a ban by the API to a line in a file of a game server, kept by administrators over the API and the CLI."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_testing.servers import PostgresServer
from banstream_testing.steps import Answer, banstream, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
BAN_FILES = "/v1/ban-files"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("game")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def keeping(folder: Path, postgres: PostgresServer) -> AsyncIterator[System]:
    settings = {"BANSTREAM_FTP_SYNC_FOLDERS": str(folder)}
    async with running_system(settings=settings, ftp_sync=True, postgres=postgres) as system:
        yield system


async def administer(system: System, method: str, path: str, body: object = None) -> Answer:
    """As an administrator."""
    return await call(system, method, f"{BAN_FILES}{path}", body, token=system.admin_token)


def player(number: int) -> dict[str, str]:
    return {"service": "dayz", "id": f"{number:040X}"}


async def banned(system: System, number: int) -> Answer:
    """A permanent global ban."""
    body = {"player": player(number), "punishments": ["ban"], "reason": "aimbot"}
    return await call(system, "POST", "/v1/infractions", body)


async def until(system: System, path: str, holds: Any) -> Any:
    """Ask until the answer is as wanted."""

    async def ask() -> Any:
        answer = await administer(system, "GET", path)
        assert answer.status == 200, answer
        return answer.body if holds(answer.body) else None

    return await eventually(ask)


def is_in(receipts: Any) -> bool:
    return [(each["is_banned"], each["status"]) for each in receipts["items"]] == [(True, "applied")]


def is_out(receipts: Any) -> bool:
    return [(each["is_banned"], each["status"]) for each in receipts["items"]] == [(False, "applied")]


async def test_a_ban_is_a_line_with_a_receipt_and_a_lift_takes_it_out(keeping: System, folder: Path) -> None:
    file = folder / "ban.txt"
    place = {"kind": "local", "path": str(file)}
    body = {"name": "Chernarus", "format": "dayz", "place": place, "policy": {"may_create": True}}
    made = await administer(keeping, "POST", "", body)
    assert made.status == 201, made
    where = f"/{made.body['id']}"
    issued = (await banned(keeping, 1)).body
    await until(keeping, f"{where}/receipts?infraction_id={issued['id']}", is_in)
    line = f"{player(1)['id']} // "
    assert line in file.read_text()
    await call(keeping, "POST", f"/v1/infractions/{issued['id']}/lift", {"reason": "appeal"})
    await until(keeping, f"{where}/receipts?infraction_id={issued['id']}", is_out)
    assert line not in file.read_text()
    tested = await administer(keeping, "POST", f"{where}/test")
    assert (tested.status, tested.body["would_write"]) == (200, False)
    assert (await administer(keeping, "PATCH", where, {"name": "Livonia"})).body["name"] == "Livonia"
    assert (await administer(keeping, "POST", f"{where}/pause")).body["status"] == "paused"
    stopped = await administer(keeping, "POST", f"{where}/sync")
    assert (stopped.status, stopped.body["type"]) == (409, "urn:banstream:problem:ban-file-stopped")
    assert (await administer(keeping, "DELETE", where)).body["status"] == "removed"
    assert (await administer(keeping, "GET", where)).status == 404


async def test_only_administrators_see_ban_files_and_nobody_a_secret(keeping: System) -> None:
    assert (await call(keeping, "GET", BAN_FILES)).status == 403
    place = {"kind": "ftp", "host": "127.0.0.1", "user": "u", "path": "ban.txt", "port": 9}
    body = {"name": "x", "format": "dayz", "place": place, "password": "hunter2"}
    made = await administer(keeping, "POST", "", body)
    assert made.status == 201
    found = await until(keeping, f"/{made.body['id']}", lambda told: told["progress"].get("outcome") == "failed")
    assert "hunter2" not in json.dumps([made.body, found])
    assert all("hunter2" not in service.output for service in keeping.services)
    elsewhere = {**place, "host": "127.0.0.2"}
    refused = await administer(keeping, "PATCH", f"/{made.body['id']}", {"place": elsewhere})
    assert (refused.status, "password" in refused.body["detail"]) == (422, True)
    await administer(keeping, "DELETE", f"/{made.body['id']}")


async def test_an_operator_does_it_all_on_the_command_line(keeping: System, folder: Path) -> None:
    remote = folder / "remote"
    remote.mkdir()
    secret = folder / "password"
    secret.write_text(f"{PASSWORD}\n")
    await banned(keeping, 2)

    async def run(*arguments: str) -> Any:
        told = await banstream(keeping, "ban-files", *arguments, "--json")
        assert told.code == 0, told.err
        return json.loads(told.out)

    with ftp_server(remote) as server:
        place = f"ftp://{USER}@127.0.0.1:{server.port}/ban.txt"
        made = await run("add", "Remote", "dayz", place, "--password-file", str(secret), "--create")
        await until(keeping, f"/{made['id']}", lambda told: told["progress"]["lines"] == 1)
        assert [item["name"] for item in (await run("list"))["items"]] == ["Remote"]
        assert (await run("show", made["id"]))["progress"]["outcome"] in {"applied", "unchanged"}
        assert (await run("test", made["id"]))["would_write"] is False
        assert (await run("change", made["id"], "--name", "Other", "--report"))["policy"]["repairs_drift"] is False
        assert (await run("sync", made["id"]))["name"] == "Other"
        assert (await run("receipts", made["id"], "--status", "applied"))["items"][0]["is_banned"]
        assert (await run("pause", made["id"]))["status"] == "paused"
        assert (await run("resume", made["id"]))["status"] == "active"
        assert (await run("remove", made["id"]))["status"] == "removed"
        (remote / "ban.txt").unlink()
        later = await run("add", "Later", "dayz", place, "--password-file", str(secret), "--create", "--paused")
        assert later["status"] == "paused"
        assert (await run("test", later["id"]))["would_write"] is True
        assert not (remote / "ban.txt").exists()
        assert (await run("resume", later["id"]))["status"] == "active"
        await until(keeping, f"/{later['id']}", lambda told: told["progress"]["lines"] == 1)
        assert (await run("remove", later["id"]))["status"] == "removed"
