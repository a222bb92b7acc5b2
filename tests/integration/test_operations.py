"""What an operator does while game servers go on."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
import asyncpg
import pytest
from nats.js.errors import NotFoundError

from banstream_contracts import streams
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.steps import ban, banstream, call, is_banned, somebody
from banstream_testing.streams import settled
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

ADDRESS = "203.0.113.99"


async def read_models(system: System) -> list[Any]:
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        return await connection.fetch("select * from infractions.infractions order by id")
    finally:
        await connection.close()


async def test_read_models_are_rebuilt_while_bans_and_checks_go_on(system: System) -> None:
    banned = [somebody() for _ in range(50)]
    for player in banned:
        assert (await ban(system, player)).status == 201
    before = {row["id"]: row for row in await read_models(system)}
    done = asyncio.Event()

    async def keep_playing() -> int:
        bans = 0
        while not done.is_set():
            assert await is_banned(system, banned[0])
            assert (await ban(system, somebody())).status == 201
            bans += 1
        return bans

    playing = asyncio.create_task(keep_playing())
    rebuilt = await banstream(system, "rebuild", "--json")
    done.set()
    assert rebuilt.code == 0, rebuilt
    assert await playing > 0
    after = {row["id"]: row for row in await read_models(system)}
    assert {key: after[key] for key in before} == before


async def test_a_dead_letter_is_listed_shown_and_retried(system: System) -> None:
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    await client.jetstream().publish("banstream.command.infractions.issue_infraction.x", b'{"type": "nonsense"}')

    async def letters() -> list[Any]:
        listed = await banstream(system, "dead", "list", "--json")
        assert listed.code == 0, listed
        found: list[Any] = json.loads(listed.out)["items"]
        return found

    (letter,) = await eventually(letters)
    assert "unreadable" in letter["reason"]
    sequence = str(letter["sequence"])
    assert "nonsense" in (await banstream(system, "dead", "show", sequence)).out
    assert (await banstream(system, "dead", "retry", sequence)).code == 0

    async def came_back() -> bool:
        return [each["sequence"] for each in await letters()] not in ([], [letter["sequence"]])

    await eventually(came_back)
    await client.close()


async def test_nothing_on_the_bus_holds_a_raw_address(system: System) -> None:
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    overheard: list[bytes] = []

    async def overhear(message: Any) -> None:
        overheard.append(f"{message.subject} {message.headers}".encode() + message.data)

    await client.subscribe(">", cb=overhear)
    await settled(client)
    player = {"service": "roblox", "id": somebody(), "ip": ADDRESS}
    body = {"player": player, "punishments": ["ban"], "reason": "r"}
    assert (await call(system, "POST", "/v1/infractions", body)).status == 201
    path = f"/v1/players/roblox/{somebody()}/restrictions?ip={ADDRESS}"
    assert "ban" in (await call(system, "GET", path)).body["restrictions"]
    listed = await call(system, "GET", f"/v1/infractions?player=roblox:{player['id']}")
    assert listed.status == 200

    async def has_been_relayed() -> bool:
        return any(b"infraction.issued" in message and b"ce-id" in message for message in overheard)

    await eventually(has_been_relayed)
    assert not [message for message in overheard if ADDRESS.encode() in message]
    info = await client.jetstream().stream_info(streams.EVENTS)
    assert info.state.messages
    await client.close()
    logs = [system.infractions.output, *(gateway.service.output for gateway in system.gateways)]
    assert not [log for log in logs if ADDRESS in log]
    async with system.http.get(f"{system.url}/metrics") as metrics:
        assert ADDRESS not in await metrics.text()


async def test_a_bucket_that_was_lost_is_whole_again_once_streams_are_applied(system: System) -> None:
    player = somebody()
    assert (await ban(system, player)).status == 201
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    bucket = f"KV_{streams.RESTRICTIONS_BUCKET}"
    await client.jetstream().delete_stream(bucket)
    assert bucket in (await banstream(system, "streams", "apply")).out

    async def is_filled() -> bool:
        with suppress(NotFoundError):
            position = f"$KV.{streams.RESTRICTIONS_BUCKET}.{streams.POSITION_KEY}"
            return bool((await client.jetstream().get_last_msg(bucket, position)).data)
        return False

    await eventually(is_filled, 20)
    await client.close()
    system.gateways[0].service.kill()
    system.gateways[0].service.start()
    await system.wait_ready()
    assert await is_banned(system, player)


async def test_a_gateway_that_starts_before_a_lost_bucket_is_whole_admits_nobody(system: System) -> None:
    player = somebody()
    assert (await ban(system, player)).status == 201
    system.infractions.kill()
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    await client.jetstream().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    await client.close()
    assert (await banstream(system, "streams", "apply")).code == 0
    system.gateways[0].service.kill()
    system.gateways[0].service.start()

    async def lacks_but_one() -> bool:
        with suppress(aiohttp.ClientError):
            ready = await call(system, "GET", "/readyz")
            assert ready.status == 503, ready
            return set(ready.body["missing"]) == {streams.RESTRICTIONS_BUCKET}
        return False

    await eventually(lacks_but_one)
    assert (await call(system, "GET", f"/v1/players/roblox/{player}/restrictions")).status == 503
    await system.restart_infractions()
    await system.wait_ready()
    assert await is_banned(system, player)


async def test_a_bucket_that_was_emptied_is_filled_again_by_itself(system: System) -> None:
    player = somebody()
    assert (await ban(system, player)).status == 201
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    jetstream, bucket = client.jetstream(), f"KV_{streams.RESTRICTIONS_BUCKET}"
    await jetstream.purge_stream(bucket)

    async def is_back() -> bool:
        with suppress(NotFoundError):
            return bool((await jetstream.get_last_msg(bucket, f"$KV.restrictions.roblox={player}")).data)
        return False

    await eventually(is_back)
    await client.close()
    system.gateways[0].service.kill()
    system.gateways[0].service.start()
    await system.wait_ready()
    assert await is_banned(system, player)


async def test_the_cli_bans_checks_and_lifts(system: System) -> None:
    player = f"roblox:{somebody()}"
    banned = await banstream(system, "ban", player, "--reason", "by hand", "--for", "7d", "--json")
    assert banned.code == 0, banned
    assert json.loads(banned.out)["reason"] == "by hand"
    assert "by hand" in (await banstream(system, "check", player)).out
    assert (await banstream(system, "lift", player, "--reason", "mistake")).code == 0
    assert json.loads((await banstream(system, "check", player, "--json")).out)["restrictions"] == {}
    assert "mistake" in (await banstream(system, "history", player)).out


async def test_a_tampered_log_is_found_by_the_cli(system: System) -> None:
    await ban(system, somebody())
    connection = await asyncpg.connect(system.admin_database_url)
    try:
        await connection.execute("set session_replication_role = replica")
        changed = "update infractions.event_log set data = jsonb_set(data, '{type}', '\"{}\"') where position = 2"
        await connection.execute(changed.replace("{}", "infraction.lifted"))
        verified = await banstream(system, "log", "verify", "--json")
        assert verified.code == 1, verified
        assert json.loads(verified.out)["logs"][0]["broken_at"] == 2
    finally:
        await connection.execute(changed.replace("{}", "credential.created"))
        await connection.close()
    assert (await banstream(system, "log", "verify")).code == 0
