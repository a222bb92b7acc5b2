"""From the ban of a player with a name and an address, seen everywhere, to their erasure: nothing says who it was."""

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from nats.js import JetStreamContext
from nats.js.api import StreamState
from nats.js.errors import NotFoundError

from banstream_remote_files.testing.ftp_server import PASSWORD, USER, FtpServer, ftp_server
from banstream_runtime.connection import connect
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.servers import PostgresServer
from banstream_testing.steps import Answer, banstream, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

PLAYER = {"service": "dayz", "id": f"{0xE5A5ED:040X}"}
WHERE = f"/v1/players/dayz/{PLAYER['id']}"
ADDRESS = "198.51.100.77"
MARKS = ("Zaphodmarked", ADDRESS, "evidencemarked", "notemarked", "detailmarked")
"""Nothing else in the whole system says these."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def erasing(postgres: PostgresServer) -> AsyncIterator[System]:
    settings = {"BANSTREAM_NOTIFIER_ALLOW_PRIVATE_TARGETS": "true"}
    async with running_system(settings=settings, ftp_sync=True, console=True, postgres=postgres) as system:
        yield system


async def administer(system: System, method: str, path: str, body: object = None, status: int = 200) -> Any:
    """As an administrator."""
    answer = await call(system, method, path, body, token=system.admin_token)
    assert answer.status == status, answer
    return answer.body


async def erase(system: System, **body: object) -> Answer:
    return await call(system, "POST", f"{WHERE}/erase", {"reason": "asked for", **body}, token=system.admin_token)


async def database_says(system: System) -> str:
    """Every table of every service as text."""
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
        rows = [await connection.fetch(f"select each::text as said from {table['name']} each") for table in tables]
    finally:
        await connection.close()
    return "\n".join(row["said"] for table in rows for row in table)


async def bus_says(system: System) -> str:
    """Every message of every stream and bucket as text."""
    client = await connect(system.nats.settings(), "test", timeout_seconds=30)
    jetstream = client.jetstream()
    try:
        found = await jetstream.streams_info()
        places = [(info.config.name, number) for info in found for number in _sequences(info.state)]
        return "\n".join([await _said(jetstream, str(stream), sequence) for stream, sequence in places])
    finally:
        await client.close()


def _sequences(state: StreamState) -> range:
    return range(max(1, state.first_seq), state.last_seq + 1)


async def _said(jetstream: JetStreamContext, stream: str, sequence: int) -> str:
    """Nothing where a message was taken out, or an entry has given way to another."""
    with contextlib.suppress(NotFoundError):
        message = await jetstream.get_msg(stream, sequence)
        return f"{message.subject} {(message.data or b'').decode(errors='replace')}"
    return ""


def marks_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text]


async def wall(system: System) -> str:
    assert system.console is not None
    async with system.http.get(f"{system.console.url}/api/bans") as answer:
        assert answer.status == 200
        return await answer.text()


async def seen_everywhere(system: System, discord: DiscordStandIn, server: FtpServer, tmp_path: Path) -> None:
    """Ban, warn, report and ask for a review, and wait until all of it is told."""
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    place = {"kind": "ftp", "host": "127.0.0.1", "port": server.port, "user": USER, "path": "ban.txt"}
    file = {"name": "Chernarus", "format": "dayz", "place": place, "password": PASSWORD, "policy": {"may_create": True}}
    await administer(system, "POST", "/v1/ban-files", file, 201)
    target = {"name": "Test", "language": "en", "kind": "discord", "url": discord.webhook()}
    await administer(system, "POST", "/v1/targets", target, 201)
    named = {**PLAYER, "name": MARKS[0], "ip": ADDRESS}
    said = {"reason": "aimbot", "evidence": MARKS[2], "note": MARKS[3]}
    await administer(system, "POST", "/v1/infractions", {"player": named, "punishments": ["ban"], **said}, 201)
    await administer(system, "POST", "/v1/infractions", {"ip": ADDRESS, "punishments": ["voice_block"], **said}, 201)
    incident = {
        "id": "1",
        "player": PLAYER,
        "player_name": MARKS[0],
        "reason": "speed_hack",
        "details": {"seen": MARKS[4]},
    }
    await administer(system, "POST", "/v1/incidents", incident, 201)

    async def told() -> bool:
        text = json.dumps(discord.messages)
        written = (server.root / "ban.txt").exists() and PLAYER["id"] in (server.root / "ban.txt").read_text()
        return written and MARKS[0] in text and MARKS[2] in text and MARKS[0] in await wall(system)

    await eventually(told)


async def test_an_erased_player_is_nowhere_and_the_log_is_whole(erasing: System, tmp_path: Path) -> None:
    system = erasing
    folder = tmp_path / "game"
    folder.mkdir()
    async with discord_stand_in() as discord:
        with ftp_server(folder) as server:
            await seen_everywhere(system, discord, server, tmp_path)
            refused = await erase(system)
            assert (refused.status, refused.body["type"]) == (409, "urn:banstream:problem:still-restricted")
            assert MARKS[0] in json.dumps(discord.messages)
            erased = await erase(system, lift=True)
            assert (erased.status, erased.body["already_erased"]) == (200, False)
            assert len(erased.body["infractions"]) == 2
            assert (await call(system, "GET", f"{WHERE}/restrictions?ip={ADDRESS}")).body["restrictions"] == {}

            async def gone() -> bool:
                written = (folder / "ban.txt").read_text()
                told = [json.dumps(discord.messages), await wall(system), await database_says(system)]
                return PLAYER["id"] not in written and not marks_in("\n".join([*told, await bus_says(system)]))

            await eventually(gone)
    names = [field["value"] for embeds in discord.messages.values() for embed in embeds for field in embed["fields"]]
    assert "erased" in names
    assert marks_in(json.dumps(await administer(system, "GET", f"{WHERE}/history"))) == []
    assert marks_in(json.dumps(await administer(system, "GET", f"{WHERE}/abuse"))) == []
    assert (await banstream(system, "log", "verify")).code == 0
    assert (await banstream(system, "rebuild", "--json")).code == 0
    assert marks_in(await database_says(system)) == []
    again = await erase(system)
    assert (again.status, again.body["already_erased"]) == (200, True)


async def test_nobody_is_erased_whom_nobody_knows(erasing: System) -> None:
    path = "/v1/players/roblox/404/erase"
    unknown = await call(erasing, "POST", path, {"reason": "asked for"}, token=erasing.admin_token)
    assert (unknown.status, unknown.body["type"]) == (404, "urn:banstream:problem:unknown-player")
    assert (await call(erasing, "POST", path, {"reason": "asked for"})).status == 403


async def test_whoever_comes_back_is_known_again_and_the_command_line_erases_too(erasing: System) -> None:
    body = {"player": {**PLAYER, "name": "Trillian"}, "punishments": [], "reason": "language", "note": "again"}
    made = (await call(erasing, "POST", "/v1/infractions", body, token=erasing.admin_token)).body
    found = await administer(erasing, "GET", f"/v1/infractions/{made['id']}")
    assert (found["player_name"], found["note"]) == ("Trillian", "again")
    who = f"dayz:{PLAYER['id']}"
    unsaid = await banstream(erasing, "erase", who, "--reason", "x", "--json")
    assert (unsaid.code, unsaid.out) == (2, ""), unsaid.err
    said = await banstream(erasing, "erase", who, "--reason", "asked for", "--yes", "--json")
    assert (said.code, json.loads(said.out)["already_erased"]) == (0, False)
    found = await administer(erasing, "GET", f"/v1/infractions/{made['id']}")
    assert not {"player_name", "note"} & found.keys()
    assert (await erase(erasing)).body["already_erased"]


async def test_what_is_reported_after_an_erasure_is_erased_too_although_it_happened_before(erasing: System) -> None:
    """As where a log is read late."""
    where = "/v1/players/roblox/1701"
    happened = datetime.now(UTC)

    async def report(name: str, at: datetime) -> None:
        said = {"player": {"service": "roblox", "id": "1701"}, "player_name": name, "details": {"seen": name}}
        incident = {**said, "id": name, "reason": "speed_hack", "occurred_at": at.isoformat()}
        await administer(erasing, "POST", "/v1/incidents", incident, 201)

    async def is_erased_already() -> bool:
        answer = await administer(erasing, "POST", f"{where}/erase", {"reason": "asked for"})
        return bool(answer["already_erased"])

    async def shown() -> list[Any]:
        return [each.get("details") for each in (await administer(erasing, "GET", f"{where}/abuse"))["records"]]

    async def forgotten() -> bool:
        return not any(await shown())

    await report("Slartibartfast", happened)
    assert not await is_erased_already()
    await eventually(forgotten)
    await report("Magrathea", happened - timedelta(minutes=1))
    assert await shown() == [{"seen": "Magrathea"}, None]
    assert not await is_erased_already()
    await eventually(forgotten)
    assert await is_erased_already()
