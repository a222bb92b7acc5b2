"""Heartbeats, RPC and calls for an admin on the whole system: two gateways, the real domain, a stand-in for Discord."""

import asyncio
import itertools
import os
import time
from dataclasses import replace
from typing import Any

import pytest

from banstream_testing.discord import discord_stand_in
from banstream_testing.gflbans_clients import ClientError, SourceMod
from banstream_testing.steps import call
from banstream_testing.system import System
from banstream_testing.waiting import eventually

GATEWAYS = 2
SETTINGS = {"BANSTREAM_RPC_RESEND_SECONDS": "0.5"}

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

IP = "198.51.100.7"
_accounts = itertools.count(76561197960265728 + 1 + os.getpid() % 1000 * 1000)


def somebody() -> dict[str, str]:
    """A player whom no other test knows."""
    return {"gs_service": "steam", "gs_id": str(next(_accounts))}


def headers(system: System) -> dict[str, str]:
    return {"Authorization": f"SERVER {system.server_id} {system.server_key}"}


async def plugin(system: System, method: str, path: str, body: object = None, gateway: int = 0) -> Any:
    """As a plugin: only 200 will do."""
    url = f"{system.gateways[gateway].url}/api/v1{path}"
    async with system.http.request(method, url, json=body, headers=headers(system)) as answer:
        assert answer.status == 200, (answer.status, await answer.text())
        return await answer.json()


async def beat(system: System, *players: dict[str, str], gateway: int = 0) -> dict[str, Any]:
    """The checks by Steam id."""
    body = {
        "hostname": "Dust 24/7",
        "max_slots": 32,
        "players": [*players],
        "operating_system": "linux",
        "mod": "csgo",
        "map": "de_dust2",
    }
    found = await plugin(system, "POST", "/gs/heartbeat", body, gateway)
    return {entry["player"]["gs_id"]: entry["check"] for entry in found}


async def ban(system: System, player: dict[str, str]) -> str:
    """By staff, far away from the game."""
    body = {
        "player": {"service": "steam", "id": player["gs_id"]},
        "punishments": ["ban"],
        "reason": "wallhack",
        "scope": "global",
    }
    answer = await call(system, "POST", "/v1/infractions", body)
    assert answer.status == 201, answer
    return str(answer.body["id"])


async def test_a_gag_runs_down_over_beats_to_two_gateways(system: System) -> None:
    player, seconds = somebody(), 3
    gag = {
        "player": player,
        "punishments": ["chat_block"],
        "reason": "spam",
        "scope": "server",
        "duration": seconds,
        "dec_online_only": True,
    }
    began = time.monotonic()
    infraction = await plugin(system, "POST", "/infractions/", gag)
    assert infraction["time_left"] == seconds
    gateways = itertools.cycle(range(GATEWAYS))

    async def is_served() -> bool:
        await beat(system, player, gateway=next(gateways))
        found = await plugin(system, "GET", f"/infractions/{infraction['id']}/info")
        return bool(found["time_left"] == 0)

    await eventually(is_served)
    assert time.monotonic() - began > seconds - 1, "the first second may have begun before, with another player"
    history = (await call(system, "GET", f"/v1/players/steam/{player['gs_id']}/history")).body["items"]
    served = [entry["event"]["seconds"] for entry in history if entry["type"] == "infraction.served"]
    assert sum(served) == seconds

    async def is_gone() -> bool:
        return await beat(system, player) == {player["gs_id"]: {}}

    await eventually(is_gone)


async def test_a_ban_from_elsewhere_arrives_by_heartbeat_poll_and_socket(system: System) -> None:
    player, other = somebody(), somebody()
    for _ in range(2):
        await beat(system, player, other, gateway=1)
    url = f"{system.gateways[1].url}/api/v1/rpc/ws"
    async with system.http.ws_connect(url, headers=headers(system)) as socket:
        assert await socket.receive_str(timeout=30) == '{"api_version":1}'
        await ban(system, player)
        while (event := await socket.receive_json(timeout=30)).get("target") != player:
            await socket.send_str(event["event_id"])  # of another test
        assert event["event"] == "player_updated"
        assert event["glob"]["ban"] == {"expiration": None, "reason": "wallhack", "admin_name": "test token"}
        while (again := await socket.receive_json(timeout=30)).get("target") != player:
            await socket.send_str(again["event_id"])  # sent once more before it was acknowledged
        assert again["event_id"] == event["event_id"], "until it is acknowledged"
        await socket.send_str(event["event_id"])

        async def is_taken() -> bool:
            return not await plugin(system, "GET", "/rpc/poll")

        await eventually(is_taken)
    await ban(system, other)

    async def is_polled() -> Any:
        return [each for each in await plugin(system, "GET", "/rpc/poll") if each.get("target") == other]

    (event,) = await eventually(is_polled)
    assert event["glob"]["ban"]["reason"] == "wallhack"

    async def is_beaten() -> bool:
        found = await beat(system, player, other, gateway=1)
        return "ban" in found[player["gs_id"]] and "ban" in found[other["gs_id"]]

    await eventually(is_beaten)


async def test_two_servers_see_and_remove_what_concerns_them(system: System) -> None:
    """One infraction of each scope by the first server; each view of each server, at both gateways."""
    first, second = SourceMod(system.http, system.url, system.server_id, system.server_key), await other_server(system)
    player = somebody()
    for punishments, scope in (("voice_block", "server"), ("chat_block", "global"), ("ban", "community")):
        await plugin(
            system,
            "POST",
            "/infractions/",
            {"player": player, "punishments": [punishments], "reason": scope, "scope": scope},
        )
    own = {"voice_block", "chat_block", "ban"}
    await until_seen(system, first, player, local=own, glob=own)
    await until_seen(system, second, player, local={"ban"}, glob={"chat_block", "ban"})
    assert await counts_of_removing(second, player, include_other_servers=False) == (1, 1)
    await until_seen(system, first, player, local={"voice_block", "chat_block"}, glob={"voice_block", "chat_block"})
    await until_seen(system, second, player, local=set(), glob={"chat_block"})
    assert await counts_of_removing(second, player, include_other_servers=True) == (1, 1)
    assert await counts_of_removing(second, player, include_other_servers=True) == (0, 0)
    await until_seen(system, first, player, local={"voice_block"}, glob={"voice_block"})
    await until_seen(system, second, player, local=set(), glob=set())
    assert await counts_of_removing(first, player, include_other_servers=False) == (1, 1)
    await until_seen(system, first, player, local=set(), glob=set())


async def test_poll_and_socket_show_each_server_its_own_view(system: System) -> None:
    first, second = SourceMod(system.http, system.url, system.server_id, system.server_key), await other_server(system)
    player = somebody()
    for punishments, scope in (("voice_block", "server"), ("chat_block", "global"), ("ban", "community")):
        body = {"player": player, "punishments": [punishments], "reason": scope, "scope": scope}
        await plugin(system, "POST", "/infractions/", body)
    own = {"voice_block", "chat_block", "ban"}
    assert await views_by_poll(system, first, player, events=3) == (own, own)
    assert await views_by_poll(system, second, player, events=2) == ({"ban"}, {"chat_block", "ban"})
    assert await counts_of_removing(second, player, include_other_servers=True) == (2, 2)
    assert await views_by_socket(system, first, player) == ({"voice_block"}, {"voice_block"})
    assert await views_by_socket(system, second, player) == (set(), set())


async def other_server(system: System) -> SourceMod:
    made = await call(system, "POST", "/v1/servers", {"name": "EU 2"}, token=system.admin_token)
    return SourceMod(system.http, system.url, made.body["id"], made.body["key"])


async def until_seen(
    system: System, server: SourceMod, player: dict[str, str], *, local: set[str], glob: set[str]
) -> None:
    """What a check says with and without other servers' infractions, at every gateway."""
    for gateway in system.gateways:
        at_gateway = replace(server, website=gateway.url)
        for includes, expected in (("false", local), ("true", glob)):
            query = {**player, "include_other_servers": includes}

            async def is_seen(
                at: SourceMod = at_gateway, query: dict[str, str] = query, expected: set[str] = expected
            ) -> bool:
                try:
                    return {*await at.send("GET", "/api/v1/infractions/check", query=query)} == expected
                except ClientError:
                    return False  # the server has just been registered

            await eventually(is_seen)


async def counts_of_removing(
    server: SourceMod, player: dict[str, str], *, include_other_servers: bool
) -> tuple[int, int]:
    """Removed, and considered."""
    body = {"player": player, "remove_reason": "appeal", "include_other_servers": include_other_servers}
    counts = await server.send("POST", "/api/v1/infractions/remove", body)
    assert counts["num_not_removed"] == 0
    return counts["num_removed"], counts["num_considered"]


async def views_by_poll(
    system: System, server: SourceMod, player: dict[str, str], *, events: int
) -> tuple[set[str], set[str]]:
    """`local` and `glob` of the last event about a player, once so many have come: none of another server's own."""
    found: dict[str, Any] = {}
    at_gateway = replace(server, website=system.gateways[1].url)

    async def have_come() -> bool:
        try:
            polled = await at_gateway.send("GET", "/api/v1/rpc/poll")
        except ClientError:
            return False  # as above
        found.update({each["event_id"]: each for each in polled if each.get("target") == player})
        return len(found) == events

    await eventually(have_come)
    return views([*found.values()][-1])


async def views_by_socket(system: System, server: SourceMod, player: dict[str, str]) -> tuple[set[str], set[str]]:
    """The same of the last of two events, both still waiting to be acknowledged."""
    url, found = f"{system.gateways[1].url}/api/v1/rpc/ws", dict[str, Any]()
    sent = {"Authorization": f"SERVER {server.server_id} {server.server_key}"}
    async with asyncio.timeout(30), system.http.ws_connect(url, headers=sent) as socket:
        assert await socket.receive_str(timeout=30) == '{"api_version":1}'
        while len(found) < 2:
            event = await socket.receive_json(timeout=30)
            if event.get("target") == player:
                found[event["event_id"]] = event
            else:
                await socket.send_str(event["event_id"])
    return views([*found.values()][-1])


def views(event: dict[str, Any]) -> tuple[set[str], set[str]]:
    local, glob = ({name for name, held in event[view].items() if held} for view in ("local", "glob"))
    return local, glob


async def test_a_kick_goes_to_the_server_and_back(system: System) -> None:
    player = somebody()
    tokens = (await call(system, "GET", "/v1/tokens", token=system.admin_token)).body["items"]
    token_id = next(each["id"] for each in tokens if each["name"] == "test token")
    by_staff = {"Authorization": f"API {token_id} {system.token}"}

    async def asked() -> int:
        body = {"server_id": system.server_id, "player": player}
        async with system.http.post(f"{system.url}/api/v1/rpc/kick", json=body, headers=by_staff) as answer:
            return answer.status

    url = f"{system.gateways[1].url}/api/v1/rpc/ws"
    async with system.http.ws_connect(url, headers=headers(system)) as socket:
        await socket.receive_str(timeout=30)
        asking = asyncio.create_task(asked())
        while (event := await socket.receive_json(timeout=30))["event"] != "player_kick":
            await socket.send_str(event["event_id"])
        assert event["target_player"] == player
        assert not asking.done()
        await socket.send_str(event["event_id"])
        assert await asking == 204


async def test_a_call_reaches_discord_and_is_claimed(system: System) -> None:
    player = somebody()
    await beat(system, player)
    body = {"caller": player, "caller_name": "Somebody", "message": "wallhacks", "cooldown": 60}
    async with system.http.post(f"{system.url}/api/v1/gs/calladmin/", json=body, headers=headers(system)) as answer:
        assert (answer.status, (await answer.json())["detail"]) == (405, "Call Admin is not configured on this server")
    async with discord_stand_in() as discord:
        target = {
            "name": "calls",
            "kind": "discord",
            "url": discord.webhook("a-token-of-forty-characters"),
            "language": "en",
            "filters": {"events": ["call.*"]},
        }
        made = await call(system, "POST", "/v1/targets", target, token=system.admin_token)
        assert made.status == 201, made

        async def is_known() -> Any:
            async with system.http.post(
                f"{system.gateways[1].url}/api/v1/gs/calladmin", json=body, headers=headers(system)
            ) as answer:
                return answer.status == 200 and await answer.json()

        assert await eventually(is_known) == {"sent": True, "is_banned": False, "cooldown": 60}
        cooling = await plugin(system, "POST", "/gs/calladmin", body, gateway=1)
        assert (cooling["sent"], cooling["is_banned"]) == (False, False)
        assert 0 < cooling["cooldown"] <= 60

        async def is_posted() -> bool:
            return bool(discord.posted)

        await eventually(is_posted)
        (embed,) = discord.posted[0].body["embeds"]
        assert "wallhacks" in str(embed)
        claim = {"admin_name": "Alice"}
        assert await plugin(system, "POST", "/gs/calladmin/claim", claim) == {"success": True}

        async def is_changed() -> bool:
            return bool(discord.changed) and "Alice" in str(discord.changed[-1])

        await eventually(is_changed)
        await plugin(
            system,
            "POST",
            "/infractions/",
            {"player": player, "punishments": ["call_admin_block"], "reason": "noise", "scope": "server"},
        )

        async def is_blocked() -> bool:
            path = f"/infractions/check?gs_service=steam&gs_id={player['gs_id']}"
            return "call_admin_block" in await plugin(system, "GET", path, gateway=1)

        await eventually(is_blocked)
        blocked = await plugin(system, "POST", "/gs/calladmin", {**body, "cooldown": 1}, gateway=1)
        assert blocked == {"sent": False, "is_banned": True}
        late = await plugin(system, "POST", "/gs/calladmin/claim", {"admin_name": "Bob"})
        assert late["success"] is False


async def test_the_status_of_the_server_is_the_same_at_both_gateways(system: System) -> None:
    player = {**somebody(), "ip": IP}
    await beat(system, player)

    async def is_shown() -> Any:
        found = await call(system, "GET", f"/v1/servers/{system.server_id}/status", gateway=1)
        shown = [each["id"] for each in found.body.get("players", [])]
        return found.body if shown == [player["gs_id"]] else None

    status = await eventually(is_shown)
    assert (status["online"], status["map"], status["player_count"]) == (True, "de_dust2", 1)
    assert IP not in str(status)
