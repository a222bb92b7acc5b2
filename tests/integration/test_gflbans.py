"""GFLBans' plugin API on the whole system, through stand-ins of the two clients in the field."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from banstream_contracts.admins import Right, admin_id
from banstream_contracts.commands.admins import SetAdmin
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_contracts.subjects import command as subject_of
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.identifiers import new_id
from banstream_testing.gflbans_clients import ClientError, Cs2, SourceMod
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE = 76561197960265728
ROOT, NOBODY = str(BASE + 500), str(BASE + 501)
IP = "192.0.2.{}"
_accounts = iter(range(1000, 10_000))


def somebody() -> tuple[str, str]:
    """A player whom no other test knows, and an address."""
    account = next(_accounts)
    return str(BASE + account), IP.format(account % 250 + 1)


def source_mod(system: System) -> SourceMod:
    return SourceMod(system.http, f"{system.url}/", system.server_id, system.server_key)


def cs2(system: System) -> Cs2:
    return Cs2(system.http, f"{system.url}/api/", system.server_id, system.server_key)


async def appoint(system: System, steam_id: str, *rights: Right) -> str:
    """Make an admin, and wait until the gateway knows; the id that plugins call `mongo_id`."""
    player = Player(service="steam", id=steam_id)
    command = SetAdmin(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=Actor(kind="system", id="test"),
        correlation_id=new_id(),
        player=player,
        name="Alice",
        rights=rights,
    )
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)
    await client.jetstream().publish(
        subject_of(command), command.model_dump_json().encode(), headers={"Nats-Msg-Id": str(command.command_id)}
    )
    await client.close()

    async def is_known() -> bool:
        try:
            await source_mod(system).send("GET", "/api/v1/gs/admininfo", query={"mongo_id": admin_id(player)})
        except ClientError:
            return False
        return True

    await eventually(is_known)
    return admin_id(player)


async def test_a_ban_by_source_mod_holds_at_the_next_join_and_ends_with_the_unban(system: System) -> None:
    plugin, (player, ip) = source_mod(system), somebody()
    assert await plugin.check(player, ip) == {}
    assert await plugin.vpn(player, ip) == (False, False, False)
    begin = int(time.time())
    assert await plugin.punish(player, ip, ["ban"], 60, "wallhack")
    [expiration] = (await plugin.check(player, ip)).values()
    assert begin + 3600 <= expiration <= int(time.time()) + 3600
    other_account, _ = somebody()
    assert "ban" in await plugin.check(other_account, ip), "the address is banned with the player"
    query = {"gs_service": "steam", "gs_id": player}
    shown = await plugin.send("GET", "/api/v1/infractions/check", query=query)
    assert (shown["ban"]["admin_name"], shown["ban"]["reason"]) == ("SYSTEM", "wallhack")
    assert await plugin.remove(player, ip, ["ban"], "appeal")
    assert await plugin.check(player, ip) == {}
    assert await plugin.check(other_account, ip) == {}
    assert plugin.errors == []


async def test_a_permanent_block_has_no_end_and_others_stay_when_one_is_taken_off(system: System) -> None:
    plugin, (player, ip) = source_mod(system), somebody()
    assert await plugin.punish(player, ip, ["voice_block", "chat_block"], 0, "")
    assert await plugin.punish(player, ip, ["chat_block"], 5, "spam")
    assert await plugin.check(player, ip) == {"voice_block": 0, "chat_block": 0}
    assert await plugin.remove(player, ip, ["voice_block"], "enough")
    assert await plugin.check(player, ip) == {"chat_block": 0}


async def test_an_admin_acts_with_their_rights_and_nobody_with_none(system: System) -> None:
    await appoint(system, ROOT, *Right)
    plugin, (player, ip) = source_mod(system), somebody()
    assert not await plugin.punish(player, ip, ["ban"], 5, "x", admin=NOBODY)
    assert plugin.errors == ["Insufficient privileges"]
    assert await plugin.check(player, ip) == {}
    assert await plugin.punish(player, ip, ["ban"], 5, "x", admin=ROOT)
    shown = await plugin.send("GET", "/api/v1/infractions/check", query={"gs_service": "steam", "gs_id": player})
    assert shown["ban"]["admin_name"] == "Alice"
    [entry] = (await cs2(system).send("GET", f"infractions/?gs_service=steam&gs_id={player}"))["results"]
    assert (entry["admin"], entry["flags"]) == (500, 514)
    await appoint(system, player, Right.IMMUNE)
    await appoint(system, ROOT, *(right for right in Right if right is not Right.SKIP_IMMUNITY))
    assert not await plugin.punish(player, ip, ["ban"], 7, "y", admin=ROOT)
    assert plugin.errors[-1] == "Your target is immune"
    assert await plugin.punish(player, ip, ["ban"], 7, "y")


async def test_cs2_applies_what_it_is_answered_and_lists_what_there_was(system: System) -> None:
    plugin, (player, ip) = cs2(system), somebody()
    body: dict[str, Any] = {
        "player": {"gs_service": "steam", "gs_id": player, "ip": ip},
        "reason": "mic spam",
        "punishments": ["voice_block"],
        "scope": "server",
    }
    assert await plugin.punish({**body, "duration": 600}) == 600
    assert await plugin.punish({**body, "duration": 900, "dec_online_only": True}) == 900
    assert await plugin.punish({**body, "session": True}) == 0
    assert await plugin.punish({**body, "punishments": ["ban"]}) == 0
    assert await plugin.punish({**body, "punishments": []}) == 0
    history = await plugin.history(player)
    assert [entry["flags"] & ~1 for entry in history] == [8, 520, 4224, 8320, 128]
    counts = await plugin.send("GET", f"infractions/stats?gs_service=steam&gs_id={player}&active_only=false")
    assert (counts["voice_block_count"], counts["ban_count"], counts["warning_count"]) == (3, 1, 1)
    removed = await plugin.send(
        "POST", "infractions/remove", {"player": {"gs_service": "steam", "gs_id": player}, "remove_reason": "x"}
    )
    assert (removed["num_removed"], removed["num_not_removed"]) == (removed["num_considered"], 0)
    assert await source_mod(system).check(player, ip) == {}
    info = await plugin.send("GET", f"infractions/{(await plugin_list(plugin, player))[1]['id']}/info")
    assert info["flags"] & 64
    assert info["removal_reason"] == "x"


async def plugin_list(plugin: Cs2, player: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await plugin.send("GET", f"infractions?gs_service=steam&gs_id={player}"))["results"]
    return found


async def test_the_revocation_code_of_the_document_takes_a_ban_back(system: System) -> None:
    await appoint(system, ROOT, *Right)
    plugin, (player, ip) = source_mod(system), somebody()
    made = await plugin.send(
        "POST",
        "/api/v1/infractions/",
        {
            "player": {"gs_service": "steam", "gs_id": player},
            "admin": {"gs_admin": {"gs_service": "steam", "gs_id": ROOT}},
            "reason": "r",
            "punishments": ["ban"],
            "scope": "global",
        },
    )
    actor = {"gs_admin": {"gs_service": "steam", "gs_id": ROOT}}
    body = {"admin": actor, "set_removal_state": True, "removed_by": actor, "removal_reason": "Revoked in-game"}
    path = f"/api/v1/infractions/{made['id']}"
    patched = await plugin.send("PATCH", path, body)
    assert (patched["removed_by"], patched["removal_reason"], patched["flags"] & 64) == (500, "Revoked in-game", 64)
    assert await plugin.check(player, ip) == {}
    with pytest.raises(ClientError, match="already removed"):
        await plugin.send("PATCH", path, body)
    back = await plugin.send("PATCH", path, {"set_removal_state": False, "reason": "was right", "make_permanent": True})
    assert back["reason"] == "was right"
    assert await plugin.check(player, ip) == {"ban": 0}
    ended = await plugin.send("PATCH", path, {"expiration": 60, "punishments": ["chat_block"]})
    assert ended["expires"] - ended["created"] == 60
    assert list(await plugin.check(player, ip)) == ["chat_block"]


async def test_a_policy_punishes_harder_each_time(system: System) -> None:
    plugin, (player, ip) = source_mod(system), somebody()
    policy = {
        "name": "Mic spam",
        "tier_ttl": 86_400,
        "default_reason": "mic spam",
        "tiers": [
            {"punishments": ["voice_block"], "duration": 3600},
            {"punishments": ["voice_block", "chat_block"], "duration": 86_400},
            {"punishments": ["ban"]},
        ],
    }
    policy_id = (await plugin.send("POST", "/api/v1/infractions/register_policy", policy))["policy_id"]
    again = await plugin.send("POST", "/api/v1/infractions/register_policy", policy)
    assert again == {"policy_id": policy_id}
    flags = []
    for turn in range(4):
        body = {
            "player": {"gs_service": "steam", "gs_id": player},
            "scope": "server",
            "policy_id": policy_id,
            "reason": f"turn {turn}",
        }
        made = await plugin.send("POST", "/api/v1/infractions/using_policy", body)
        assert made["policy_id"] == policy_id
        flags.append(made["flags"] & ~1)
    assert flags == [65536 | 128, 65536 | 384, 65536 | 8 | 512, 65536 | 8 | 512]
    assert set(await plugin.check(player, ip)) == {"ban", "voice_block", "chat_block"}
    listed = await plugin.send("GET", "/api/v1/infractions/policies")
    assert {"name": "Mic spam", "server": system.server_id, "pol_id": policy_id} in listed
    headers = {"Authorization": f"SERVER {system.server_id} {system.server_key}"}
    url = f"{system.url}/api/v1/infractions/unlink_policy"
    async with system.http.post(url, json={"policy_id": policy_id}, headers=headers) as answer:
        assert answer.status == 204
    assert policy_id not in [each["pol_id"] for each in await plugin.send("GET", "/api/v1/infractions/policies")]


async def test_an_impatient_client_punishes_once(system: System) -> None:
    plugin, (player, ip) = source_mod(system), somebody()
    body = {
        "player": {"gs_service": "steam", "gs_id": player, "ip": ip},
        "reason": "twice",
        "punishments": ["ban"],
        "scope": "global",
    }
    made = await asyncio.gather(*(plugin.send("POST", "/api/v1/infractions/", body) for _ in range(5)))
    assert len({each["id"] for each in made}) == 1
    assert len(await plugin_list(cs2(system), player)) == 1


async def test_with_infractions_down_joins_go_on_and_no_command_is_lost(system: System) -> None:
    plugin, (player, ip) = source_mod(system), somebody()
    assert await plugin.punish(player, ip, ["chat_block"], 10, "spam")
    system.infractions.kill()
    try:
        assert list(await plugin.check(player, ip)) == ["chat_block"]
        assert await plugin.punish(player, ip, ["ban"], 10, "while away")
        assert await plugin.remove(player, ip, ["chat_block"], "while away")
    finally:
        await system.restart_infractions()

    async def is_banned_only() -> bool:
        return list(await plugin.check(player, ip)) == ["ban"]

    await eventually(is_banned_only)
