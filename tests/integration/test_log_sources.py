"""From a line of an admin log to a ban in force and to an embed at Discord, sources kept by administrators."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from banstream_testing.dayz_feed import BUILDER, file_name, header, placed
from banstream_testing.discord import discord_stand_in
from banstream_testing.servers import PostgresServer
from banstream_testing.steps import Answer, banstream, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
SOURCES = "/v1/log-sources"
GRAVE = {"build_rate": {"limit": 2, "mode": "act", "severity": "high"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres: PostgresServer) -> AsyncIterator[System]:
    async with running_system(dayz_feed=True, postgres=postgres) as system:
        yield system


async def administer(running: System, method: str, path: str, body: object = None) -> Answer:
    """As an administrator."""
    return await call(running, method, path, body, token=running.admin_token)


def source(running: System, folder: str, **values: Any) -> dict[str, Any]:
    (running.logs / folder).mkdir()
    return {
        "name": "Chernarus",
        "server_id": running.server_id,
        "login": {"kind": "local", "folder": folder},
        "time_zone": "UTC",
        "poll_seconds": 1,
        "rules": GRAVE,
        **values,
    }


async def until(running: System, path: str, holds: Any) -> Any:
    async def ask() -> Any:
        answer = await administer(running, "GET", path)
        assert answer.status == 200, answer
        return answer.body if holds(answer.body) else None

    return await eventually(ask)


async def test_a_grave_act_bans_at_once_is_told_and_is_reviewed(running: System) -> None:
    async with discord_stand_in() as discord:
        target = await administer(
            running, "POST", "/v1/targets", {"name": "Bans", "kind": "discord", "url": discord.webhook()}
        )
        assert {"abuse.alert_raised", "ban_file.failed"} <= {*target.body["filters"]["events"]}
        began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None)
        folder = running.logs / "grave"
        made = await administer(running, "POST", SOURCES, source(running, "grave"))
        assert (made.status, made.body["status"]) == (201, "active"), made
        (folder / file_name(began)).write_bytes(header(began) + placed(began, 3))
        found = await until(
            running,
            f"{SOURCES}/{made.body['id']}/findings",
            lambda page: [e for e in page["items"] if e["status"] == "recorded"],
        )
        (finding,) = found["items"]
        assert (finding["category"], finding["severity"], finding["is_late"]) == ("lag_machine", "high", False)

        async def banned() -> bool:
            answer = await administer(running, "GET", f"/v1/players/dayz/{BUILDER}/restrictions")
            return bool(answer.body["restrictions"])

        await eventually(banned)

        async def told() -> bool:
            return any("Fence Kit" in json.dumps(embed) for embed in discord.embeds())

        await eventually(told)
        text = json.dumps(discord.embeds(), ensure_ascii=False)
        assert "Fence Kit" in text
        assert "Survivor" in text
        requests = await until(running, "/v1/requests", lambda page: page["items"])
        (request,) = requests["items"]
        assert request["player"]["id"] == BUILDER
        await administer(running, "DELETE", f"{SOURCES}/{made.body['id']}")
        assert (await administer(running, "GET", f"{SOURCES}/{made.body['id']}")).status == 404


async def test_an_alert_is_told_and_nothing_else_follows(running: System) -> None:
    async with discord_stand_in() as discord:
        await administer(
            running, "POST", "/v1/targets", {"name": "Alerts", "kind": "discord", "url": discord.webhook()}
        )
        began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None)
        body = source(running, "alert", rules={"build_rate": {"limit": 2}})
        (running.logs / "alert" / file_name(began)).write_bytes(header(began) + placed(began, 3, "A" * 40))
        made = await administer(running, "POST", SOURCES, body)

        async def told() -> bool:
            return any("lag_machine" in json.dumps(each.body) for each in discord.posted)

        await eventually(told)
        answer = await administer(running, "GET", f"/v1/players/dayz/{'A' * 40}/restrictions")
        assert not answer.body["restrictions"]
        await administer(running, "DELETE", f"{SOURCES}/{made.body['id']}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"rules": {"buidl_rate": {}}},
        {"login": {"kind": "ftp", "folder": "/"}},
        {"login": {"kind": "ftp", "host": "ftp://a", "folder": "/"}},
        {"secret": ""},
        {"poll_seconds": 0},
        {"other": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_what_is_no_source_is_refused_by_name(running: System, wrong: dict[str, Any]) -> None:
    body = {"name": "x", "server_id": running.server_id, "login": {"kind": "local", "folder": "."}, "time_zone": "UTC"}
    answer = await administer(running, "POST", SOURCES, {**body, **wrong})
    assert answer.status == 422, answer
    assert next(iter(wrong)).split("_")[0] in json.dumps(answer.body)


async def test_only_administrators_see_sources(running: System) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{'0' * 24}"), ("POST", f"/{'0' * 24}/test")):
        answer = await call(running, method, f"{SOURCES}{path}", {} if method == "POST" else None)
        assert answer.status == 403, answer
    for path in (f"/{'0' * 24}/pause", f"/{'0' * 24}/test", "/x/pause"):
        assert (await administer(running, "POST", f"{SOURCES}{path}")).status == 404


async def test_the_command_line_keeps_sources(running: System, tmp_path: Any) -> None:
    began = (datetime.now(UTC) - timedelta(hours=3)).replace(tzinfo=None)
    folder = running.logs / "cli"
    folder.mkdir()
    log = folder / file_name(began)
    log.write_bytes(header(began) + placed(began, 3, "C" * 40))
    rules = tmp_path / "rules.toml"
    rules.write_text("[build_rate]\nlimit = 2\nmode = 'act'\n")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[buidl_rate]\n")
    add = ("log-sources", "add", "By hand", "--server", running.server_id, "--kind", "local", "--folder", "cli")
    refused = await banstream(running, *add, "--zone", "UTC", "--rules", str(wrong))
    assert (refused.code, "build_rate" in refused.err) == (2, True)
    assert (await banstream(running, *add)).code == 2
    made = await banstream(running, *add, "--zone", "UTC", "--every", "1s", "--rules", str(rules), "--json")
    assert made.code == 0, made.err
    source_id = json.loads(made.out)["id"]
    tested = await banstream(running, "log-sources", "test", source_id)
    assert (tested.code, "1 logs" in tested.out, log.name in tested.out) == (0, True, True)
    await until(running, f"{SOURCES}/{source_id}", lambda found: found["progress"]["offset"] == log.stat().st_size)
    shown = await banstream(running, "log-sources", "show", source_id)
    assert log.name in shown.out
    assert f"{log.stat().st_size} of {log.stat().st_size} bytes" in shown.out
    await until(running, f"{SOURCES}/{source_id}/findings", lambda page: page["items"][0]["status"] == "recorded")
    found = await banstream(running, "log-sources", "findings", source_id)
    assert "record (late)" in found.out
    changed = await banstream(running, "log-sources", "change", source_id, "--folder", "nowhere", "--name", "Moved")
    assert changed.code == 0, changed.err
    tested = await banstream(running, "log-sources", "test", source_id)
    assert (tested.code, "nowhere" in tested.err) == (1, True)
    await until(running, f"{SOURCES}/{source_id}", lambda found: "nowhere" in found["progress"].get("last_error", ""))
    assert "paused" in (await banstream(running, "log-sources", "pause", source_id)).out
    assert "active" in (await banstream(running, "log-sources", "resume", source_id)).out
    assert "Moved" in (await banstream(running, "log-sources", "list")).out
    assert (await banstream(running, "log-sources", "remove", source_id)).code == 0
