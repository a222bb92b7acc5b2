"""NDP's clients, every generation of them, against everything running (stand-ins: banstream_testing.ndp)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from nats.js.errors import NotFoundError

from banstream_contracts import streams
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.ndp import JavaPlugin, Mcdr164, Mcdr170, Mcdr177, McdrPlugin
from banstream_testing.steps import Answer, banstream, call
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

GATEWAYS = 2
MCDR = (Mcdr164, Mcdr170, Mcdr177)
NAMES = [each.__name__ for each in MCDR]


def mcdr(system: System, kind: type[McdrPlugin], gateway: int = 0) -> McdrPlugin:
    return kind(system.gateways[gateway].url, system.token, system.http)


def java(system: System, gateway: int = 0) -> JavaPlugin:
    """It sends no token when it reads, so its token is in the path."""
    return JavaPlugin(f"{system.gateways[gateway].url}/t/{system.token}/", system.token, system.http)


async def listed(system: System, gateway: int = 0) -> Any:
    answer: Answer = await call(system, "GET", "/bans", gateway=gateway)
    assert answer.status == 200
    return answer.body


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nobody_left_banned(system: System) -> AsyncIterator[None]:
    yield
    for gateway in range(GATEWAYS):

        async def is_empty(gateway: int = gateway) -> bool:
            found = await listed(system, gateway)
            for name in found["player_bans"]:
                await mcdr(system, Mcdr164).pardon(name, "end of the test")
            return not found["recent_actions"]

        await eventually(is_empty)


@pytest.mark.parametrize("kind", MCDR, ids=NAMES)
async def test_a_ban_by_mcdr_shows_in_its_own_list_at_once_and_keeps_the_player_out(
    system: System, kind: type[McdrPlugin]
) -> None:
    plugin = mcdr(system, kind)
    assert await plugin.ban("Griefer", "203.0.113.7", "blew up the spawn") == 200
    assert set(plugin.player_bans) == {"Griefer"}
    assert set(plugin.ip_bans) == {"203.0.113.7"}
    assert plugin.player_bans["Griefer"]["cause"] == "blew up the spawn"
    assert plugin.player_bans["Griefer"]["ip"] == "203.0.113.7"
    assert plugin.ip_bans["203.0.113.7"]["players"] == ["Griefer"]
    assert not await plugin.may_join("Griefer", "203.0.113.99")
    assert not await plugin.may_join("Alt", "203.0.113.7")
    assert await plugin.may_join("Alice", "203.0.113.8")


@pytest.mark.parametrize("kind", MCDR, ids=NAMES)
async def test_a_pardon_by_mcdr_empties_what_it_filled(system: System, kind: type[McdrPlugin]) -> None:
    plugin = mcdr(system, kind)
    for ip in ("203.0.113.7", "203.0.113.8"):
        await plugin.ban("Griefer", ip, "alts")
    assert set(plugin.ip_bans) == {"203.0.113.7", "203.0.113.8"}
    assert await plugin.pardon("gRiefer", "appeal") == 200
    assert (plugin.player_bans, plugin.ip_bans) == ({}, {})
    assert await plugin.may_join("Griefer", "203.0.113.7")


async def test_every_generation_learns_what_another_server_banned(system: System) -> None:
    await mcdr(system, Mcdr177).ban("Griefer", "203.0.113.7", "grief")
    poller = java(system, gateway=1)
    others = [mcdr(system, kind, gateway=1) for kind in MCDR]

    async def all_know() -> bool:
        await asyncio.gather(poller.poll(), *(each.sync() for each in others))
        return poller.bans == [("Griefer", "203.0.113.7", "grief")] and all(each.player_bans for each in others)

    await eventually(all_know)
    for other in others:
        assert not await other.may_join("Griefer", "203.0.113.9")
    assert not poller.may_join("Alt", "203.0.113.7")


async def test_the_java_plugin_bans_and_pardons_by_name_and_by_address(system: System) -> None:
    plugin = java(system)
    await plugin.ban("First", "203.0.113.7", "grief")
    await plugin.ban("Second", "2001:db8:0:0:0:0:0:7", "grief")
    await plugin.poll()
    assert plugin.polls
    assert not plugin.may_join("First", "203.0.113.99")
    assert not plugin.may_join("Alt", "2001:db8:0:0:0:0:0:7")
    await plugin.pardon("203.0.113.7", "appeal")
    await plugin.pardon("Second", "appeal")
    await plugin.poll()
    assert plugin.bans == []


async def test_the_java_plugin_pardons_an_address_that_staff_banned_alone(system: System) -> None:
    """It sends what the list says of it: no name."""
    body = {"ip": "203.0.113.60", "punishments": ["ban"], "reason": "proxy"}
    assert (await call(system, "POST", "/v1/infractions", body)).status == 201
    plugin = java(system)

    async def knows() -> bool:
        await plugin.poll()
        return plugin.bans == [("", "203.0.113.60", "proxy")]

    await eventually(knows)
    await plugin.pardon("203.0.113.60", "mistake")
    await plugin.poll()
    assert (plugin.bans, plugin.polls) == ([], True)


async def test_a_shared_address_stays_banned_until_the_last_of_them_is_pardoned(system: System) -> None:
    plugin = mcdr(system, Mcdr177)
    await plugin.ban("First", "203.0.113.7", "grief")
    await plugin.ban("Second", "203.0.113.7", "grief")
    await plugin.pardon("First", "appeal")
    assert not await plugin.may_join("First", "203.0.113.7")
    assert await plugin.may_join("First", "203.0.113.8")
    await plugin.pardon("Second", "appeal")
    assert await plugin.may_join("First", "203.0.113.7")


async def test_what_staff_ban_and_lift_elsewhere_reaches_the_plugins(system: System) -> None:
    player = {"service": "minecraft", "id": "ByStaff", "ip": "203.0.113.40"}
    body = {"player": player, "punishments": ["ban"], "reason": "chargeback", "duration_seconds": 3600}
    made = await call(system, "POST", "/v1/infractions", body, gateway=1)
    plugin = mcdr(system, Mcdr177)

    async def knows() -> bool:
        return await plugin.sync() and "ByStaff" in plugin.player_bans

    await eventually(knows)
    assert plugin.player_bans["ByStaff"]["ip"] == "203.0.113.40"
    infraction = f"/v1/infractions/{made.body['id']}"
    assert (await call(system, "POST", f"{infraction}/lift", {"reason": "paid"}, gateway=1)).status == 200

    async def forgot() -> bool:
        return await plugin.sync() and not plugin.player_bans

    await eventually(forgot)
    assert (await call(system, "POST", f"{infraction}/reinstate", {"reason": "again"}, gateway=1)).status == 200
    await eventually(knows)
    assert plugin.player_bans["ByStaff"]["ip"] == "203.0.113.40"


async def test_no_plugin_is_made_to_run_a_command(system: System) -> None:
    plugin = mcdr(system, Mcdr177)
    body = {"verification": system.token, "action": "ban", "ip": "203.0.113.7"}
    for name in ("Mallory\nop Mallory", "@a", "Mallory op"):
        said = await call(system, "POST", "/add_ban", {**body, "username": name, "cause": "x"})
        assert said.status == 400
    said = await call(system, "POST", "/add_ban", {**body, "username": "Mallory", "cause": "x\nop Mallory"})
    assert said.status == 200
    await plugin.sync()
    assert not await plugin.may_join("Mallory", "203.0.113.9")
    assert sorted(plugin.console.written) == ["ban Mallory", "ban-ip 203.0.113.7", "kick Mallory x op Mallory"]


async def test_a_token_under_review_queues_and_staff_find_the_request(system: System) -> None:
    scopes = ("--scope", "check", "--scope", "report")
    made = await banstream(system, "tokens", "create", "queued", *scopes, "--review", "--quiet")
    assert made.code == 0, made.err
    token = made.out.strip()
    body = {"verification": token, "action": "ban", "username": "Griefer", "ip": "203.0.113.7", "cause": "grief"}

    async def queued() -> Any:
        async with system.http.post(f"{system.url}/add_ban", json=body) as answer:
            return await answer.json() if answer.status == 202 else None

    queued_as = await eventually(queued)
    assert set(queued_as) == {"request_id", "status"}
    assert queued_as["status"] == "pending_review"
    assert (await listed(system))["player_bans"] == {}
    found = await call(system, "GET", "/v1/requests?player=minecraft:griefer", token=system.admin_token)
    [request] = [each for each in found.body["items"] if each["id"] == queued_as["request_id"]]
    assert (request["wanted"], request["player_name"], request["reason"]) == ("punish", "Griefer", "grief")


async def test_what_staff_decide_on_a_request_reaches_the_plugins(system: System) -> None:
    """A token under review asks: approved, the player is refused with the address they came from; rejected, nobody."""
    scopes = ("--scope", "check", "--scope", "report")
    made = await banstream(system, "tokens", "create", "asking", *scopes, "--review", "--quiet")
    token = made.out.strip()
    body = {"verification": token, "action": "ban", "ip": "203.0.113.50", "cause": "grief"}

    async def queued(name: str) -> Any:
        async with system.http.post(f"{system.url}/add_ban", json={**body, "username": name}) as answer:
            return (await answer.json())["request_id"] if answer.status == 202 else None

    approved = await eventually(lambda: queued("Asked"))
    rejected = await eventually(lambda: queued("Innocent"))
    plugin = mcdr(system, Mcdr177, gateway=1)
    assert await plugin.sync()
    assert await plugin.may_join("Asked", "203.0.113.50")
    no = await banstream(system, "requests", "reject", rejected, "--reason", "lag")
    yes = await banstream(system, "requests", "approve", approved)
    assert (no.code, yes.code) == (0, 0), (no, yes)

    async def knows() -> bool:
        return await plugin.sync() and "Asked" in plugin.player_bans

    await eventually(knows)
    assert set(plugin.player_bans) == {"Asked"}
    assert plugin.player_bans["Asked"]["cause"] == "grief"
    assert not await plugin.may_join("Asked", "203.0.113.99")
    assert not await plugin.may_join("Alt", "203.0.113.50")
    assert await plugin.may_join("Innocent", "203.0.113.51")
    again = await banstream(system, "requests", "reject", approved)
    assert again.code == 1
    assert "the request was approved already" in again.err


async def test_no_address_is_in_clear_on_the_bus(system: System) -> None:
    """Neither in the buckets nor in any stream that others read."""
    await mcdr(system, Mcdr177).ban("Griefer", "203.0.113.77", "grief")
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    try:
        for stream in (f"KV_{streams.BAN_LIST_BUCKET}", f"KV_{streams.RESTRICTIONS_BUCKET}", streams.EVENTS):
            held = await client.jetstream().stream_info(stream)
            assert held.state.messages
            for sequence in range(held.state.first_seq, held.state.last_seq + 1):
                try:
                    message = await client.jetstream().get_msg(stream, sequence)
                except NotFoundError:  # a later entry of the same key has replaced it
                    continue
                assert b"203.0.113.77" not in (message.data or b"")
    finally:
        await client.close()


async def test_a_gateway_that_starts_while_infractions_is_down_has_the_list(system: System) -> None:
    await mcdr(system, Mcdr177).ban("Griefer", "203.0.113.7", "grief")

    async def other_knows() -> bool:
        return bool((await listed(system, 1))["player_bans"])

    await eventually(other_knows)
    system.infractions.kill()
    system.gateways[1].service.kill()
    system.gateways[1].service.start()
    await system.wait_ready(1)
    plugins = [mcdr(system, kind, gateway=1) for kind in MCDR]
    poller = java(system, gateway=1)
    for plugin in plugins:
        plugin.player_bans = {"Griefer": {}}

    async def have_it_whole() -> bool:
        await poller.poll()
        synced = [await plugin.sync() for plugin in plugins]
        assert all(plugin.player_bans for plugin in plugins), "a list was emptied"
        return bool(poller.bans) and all(synced)

    await eventually(have_it_whole)
    assert plugins[2].player_bans["Griefer"]["ip"] == "203.0.113.7"
    await system.restart_infractions()
