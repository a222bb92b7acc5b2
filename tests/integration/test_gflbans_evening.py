"""An evening on two game servers: the clients in the field against `banstream up`, registered and led by the CLI."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.integration.test_up import Up, up

from banstream_contracts.admins import admin_id
from banstream_contracts.players import Player
from banstream_testing.discord import discord_stand_in
from banstream_testing.gflbans_clients import ClientError, Cs2, SourceMod
from banstream_testing.servers import free_port
from banstream_testing.steps import run_banstream
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

BASE = 76561197960265728
HEAD_ADMIN, MODERATOR, HELPER, NOBODY = (str(BASE + 100 + number) for number in range(4))
RIGHTS = {
    HEAD_ADMIN: ("all",),
    MODERATOR: ("issue", "voice_block", "chat_block", "scope_global"),
    HELPER: ("issue", "voice_block"),
}
"""The moderator may not ban; the helper may mute, and on a server only."""
NO_RIGHTS = "Insufficient privileges"
FROM_ELSEWHERE = "seen on another server"
_accounts = itertools.count(1)


def somebody() -> tuple[str, str]:
    """A player whom no other test knows, and an address of their own."""
    account = next(_accounts)
    return str(BASE + 10_000 + account), f"198.51.100.{account}"


@dataclass(frozen=True, slots=True)
class Evening:
    """`banstream up` with two servers: SourceMod's and CS2's."""

    stack: Up
    surf: SourceMod
    zombies: Cs2

    async def banstream(self, *arguments: str) -> Any:
        """A command of the operator's."""
        return await operate(self.stack, *arguments)


async def operate(stack: Up, *arguments: str) -> Any:
    ran = await run_banstream(stack.environment, *arguments, "--json")
    assert ran.code == 0, ran
    return json.loads(ran.out)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    folder, private = tmp_path_factory.mktemp("evening"), {"BANSTREAM_NOTIFIER_ALLOW_PRIVATE_TARGETS": "true"}
    async with up(folder, free_port(), **private) as stack, aiohttp.ClientSession() as http:
        surf, zombies, *_ = await asyncio.gather(
            operate(stack, "servers", "create", "Surf #1", "--game", "css"),
            operate(stack, "servers", "create", "Zombie Escape", "--game", "cs2"),
            *(appoint(stack, player, rights) for player, rights in RIGHTS.items()),
        )
        url = stack.credentials["url"]
        await until_known(url, surf, zombies)
        yield Evening(
            stack,
            SourceMod(http, f"{url}/", surf["id"], surf["key"]),
            Cs2(http, f"{url}/api/", zombies["id"], zombies["key"]),
        )


async def until_known(url: str, *servers: Any) -> None:
    """Two gateways share the port, and each hears of who is new by itself: until ten new connections know everybody."""

    async def is_known() -> bool:
        for _ in range(10):
            async with aiohttp.ClientSession() as http:
                clients = [SourceMod(http, f"{url}/", made["id"], made["key"]) for made in servers]
                if not all([await knows(client, player) for client in clients for player in RIGHTS]):
                    return False
        return True

    await eventually(is_known)


async def knows(client: SourceMod, player: str) -> bool:
    """Whether the gateway that is asked lets the server in and knows an admin."""
    try:
        query = {"mongo_id": admin_id(Player(service="steam", id=player))}
        await client.send("GET", "/api/v1/gs/admininfo", query=query)
    except ClientError:
        return False
    return True


async def appoint(stack: Up, player: str, rights: tuple[str, ...]) -> None:
    chosen = itertools.chain.from_iterable(("--right", right) for right in rights)
    await operate(stack, "admins", "add", f"steam:{player}", "--name", f"admin {player[-3:]}", *chosen)


async def until_joining_shows(client: SourceMod | Cs2, player: tuple[str, str], *blocks: str) -> dict[str, Any]:
    """Two gateways share the port, so the one that is asked may not be the one that was told."""
    found: dict[str, Any] = {}

    async def shows() -> bool:
        found.clear()
        found.update(await client.join(*player))
        return {*found} == {*blocks}

    await eventually(shows)
    return found


async def until_beats_tell(evening: Evening, player: tuple[str, str], *blocks: str) -> None:
    """Both servers, one beat after the other."""

    async def tell() -> bool:
        told = await evening.surf.beat("Surf #1", [player]), await evening.zombies.beat([player])
        return all(each.keys() == {player[0]} and {*each[player[0]]} == {*blocks} for each in told)

    await eventually(tell)


async def test_a_ban_needs_an_admin_who_may_and_ends_with_the_unban(evening: Evening) -> None:
    surf, zombies, player = evening.surf, evening.zombies, somebody()
    assert await surf.join(*player) == {}
    assert await zombies.join(*player) == {}
    for admin in (MODERATOR, HELPER, NOBODY):
        assert not await surf.punish(*player, ["ban"], 60, "wallhack", admin=admin)
        assert surf.errors[-1] == NO_RIGHTS
    begin = int(time.time())
    assert await surf.punish(*player, ["ban"], 60, "wallhack", admin=HEAD_ADMIN)
    expiration = (await until_joining_shows(surf, player, "ban"))["ban"]
    assert begin + 3600 <= expiration <= int(time.time()) + 3600
    await until_joining_shows(surf, (somebody()[0], player[1]), "ban")  # the address is banned as well
    assert await zombies.join(*player) == {}, "CS2 asks for its own bans alone when it is to ask for all"
    await until_beats_tell(evening, player, "ban")
    assert await surf.remove(*player, ["ban"], "friend of mine", admin=MODERATOR)
    assert (await zombies.remove(player[0], ["ban"], "mine too", admin=HELPER))["num_removed"] == 0
    assert [*await surf.join(*player)] == ["ban"], "who may edit their own alone takes nobody else's back"
    assert await surf.remove(*player, ["ban"], "appeal", admin=HEAD_ADMIN)
    await until_beats_tell(evening, player)
    await until_joining_shows(surf, player)


async def test_of_mute_and_silence_the_half_that_was_not_named_stays(evening: Evening) -> None:
    surf, player = evening.surf, somebody()
    assert not await surf.punish(*player, ["voice_block"], 0, "mic spam", admin=HELPER), "it would hold everywhere"
    assert await surf.punish(*player, ["voice_block"], 0, "mic spam", admin=MODERATOR)
    assert await surf.punish(*player, ["voice_block", "chat_block"], 30, "worse", admin=MODERATOR)
    blocks = await until_joining_shows(surf, player, "voice_block", "chat_block")
    assert blocks["voice_block"] == 0, "permanent wins"
    assert blocks["chat_block"] > time.time()
    assert await surf.remove(*player, ["voice_block"], "enough", admin=MODERATOR)
    await until_joining_shows(surf, player, "chat_block")
    await until_beats_tell(evening, player, "chat_block")
    assert await surf.remove(*player, ["voice_block", "chat_block"], "enough", admin=MODERATOR)
    await until_beats_tell(evening, player)


async def test_a_gag_for_time_connected_runs_down_over_beats(evening: Evening) -> None:
    zombies, player, other, seconds = evening.zombies, somebody(), somebody(), 3
    gag = {
        "player": {"gs_service": "steam", "gs_id": player[0], "ip": player[1]},
        "admin": {"gs_admin": {"gs_service": "steam", "gs_id": MODERATOR}},
        "reason": "spam",
        "punishments": ["chat_block"],
        "scope": "server",
        "duration": seconds,
        "dec_online_only": True,
    }
    await zombies.beat([other])
    assert await zombies.punish(gag) == seconds
    began = time.monotonic()
    assert await zombies.beat([player, other]) == {other[0]: {}}, "who has just come is not told of"

    async def is_served() -> bool:
        return await zombies.beat([player, other]) == {player[0]: {}, other[0]: {}}

    await eventually(is_served)
    assert time.monotonic() - began > seconds - 1, "whole seconds count, of which the first may have begun before"
    await until_joining_shows(zombies, player)
    [entry] = await zombies.history(player[0])
    assert entry["flags"] == 8192 | 256


async def test_a_helper_mutes_on_their_own_server_only(evening: Evening) -> None:
    zombies, player = evening.zombies, somebody()
    mute: dict[str, Any] = {
        "player": {"gs_service": "steam", "gs_id": player[0]},
        "admin": {"gs_admin": {"gs_service": "steam", "gs_id": HELPER}},
        "reason": "mic spam",
        "punishments": ["voice_block"],
    }
    with pytest.raises(ClientError, match=NO_RIGHTS):
        await zombies.punish({**mute, "scope": "global"})
    with pytest.raises(ClientError, match=NO_RIGHTS):
        await zombies.punish({**mute, "scope": "server", "punishments": ["voice_block", "chat_block"]})
    assert await zombies.punish({**mute, "scope": "server", "duration": 600}) == 600
    assert await zombies.punish({**mute, "scope": "server", "session": True}) == 0
    await until_joining_shows(zombies, player, "voice_block")
    assert await evening.surf.join(*player) == {}
    counts = await zombies.remove(player[0], ["voice_block"], "enough", admin=HELPER)
    assert counts == {"num_removed": 1, "num_considered": 1, "num_not_removed": 0}
    await until_joining_shows(zombies, player)


async def test_each_warning_leads_further_up_the_ladder(evening: Evening) -> None:
    surf, player = evening.surf, somebody()
    ladder = {
        "name": "Toxicity",
        "tier_ttl": 86_400,
        "default_reason": "toxicity",
        "tiers": [{"punishments": []}, {"punishments": ["chat_block"], "duration": 3600}, {"punishments": ["ban"]}],
    }
    policy_id = (await surf.send("POST", "/api/v1/infractions/register_policy", ladder))["policy_id"]

    async def climb(admin: str) -> int:
        body = {
            "player": {"gs_service": "steam", "gs_id": player[0], "ip": player[1]},
            "admin": {"gs_admin": {"gs_service": "steam", "gs_id": admin}},
            "scope": "global",
            "policy_id": policy_id,
            "reason": f"rung {next(rungs)}",
        }
        return int((await surf.send("POST", "/api/v1/infractions/using_policy", body))["flags"])

    rungs = itertools.count(1)
    made = 65536 | 2  # by a policy, global
    assert await climb(MODERATOR) == made | 8  # a warning for good
    await until_joining_shows(surf, player)
    assert await climb(MODERATOR) == made | 256
    await until_joining_shows(surf, player, "chat_block")
    with pytest.raises(ClientError, match=NO_RIGHTS):
        await climb(MODERATOR)
    assert await climb(HEAD_ADMIN) == made | 8 | 512
    await until_joining_shows(surf, player, "chat_block", "ban")


async def test_a_call_for_an_admin_is_told_and_claimed(evening: Evening) -> None:
    surf, zombies, (player, ip), reported = evening.surf, evening.zombies, somebody(), somebody()
    await surf.beat("Surf #1", [(player, ip)])
    with pytest.raises(ClientError, match="Call Admin is not configured on this server"):
        await surf.call_admin(player, "wallhacks")
    async with discord_stand_in() as discord:
        url = discord.webhook("a-token-of-forty-characters")
        await evening.banstream("targets", "add", "calls", "--discord", url, "--event", "call.*")

        async def is_sent() -> bool:
            try:
                return await surf.call_admin(player, "wallhacks") == (True, False)
            except ClientError:
                return False

        await eventually(is_sent)
        assert await surf.call_admin(player, "still here") == (False, False), "it is cooling down"
        assert await zombies.report(player, reported[0], "aimbot") == {"sent": True, "is_banned": False, "cooldown": 1}

        async def are_told() -> bool:
            told = str(discord.posted)
            return "wallhacks" in told and "aimbot" in told

        await eventually(are_told)
        await surf.claim("Alice")
        assert await zombies.claim("Bob")
        assert not await zombies.claim("Carol")

        async def are_claimed() -> bool:
            changed = str(discord.changed)
            return "Alice" in changed and "Bob" in changed

        await eventually(are_claimed)
        assert await surf.punish(player, ip, ["call_admin_block"], 60, "noise", admin=HEAD_ADMIN)

        async def is_blocked() -> bool:
            return await surf.call_admin(player, "once more", cooldown=1) == (False, True)

        await eventually(is_blocked)  # by either of the two gateway processes


async def test_a_ban_from_elsewhere_reaches_both_servers_in_every_way(evening: Evening) -> None:
    surf, zombies, player = evening.surf, evening.zombies, somebody()
    await until_beats_tell(evening, player)
    headers = {"Authorization": f"SERVER {zombies.server_id} {zombies.server_key}"}
    async with zombies.http.ws_connect(f"{zombies.api_url}rpc/ws", headers=headers) as socket:
        assert await socket.receive_str(timeout=30) == '{"api_version":1}'
        await evening.banstream("ban", f"steam:{player[0]}", "--reason", FROM_ELSEWHERE, "--ip", player[1])
        pushed = await _read_until(socket, "player")
        assert (await _read_until(socket, "ip"))["target"] == player[1]

    async def is_polled() -> Any:
        events = await surf.send("GET", "/api/v1/rpc/poll")
        return [each for each in events if each["target"] == pushed["target"]]

    polled = (await eventually(is_polled))[0]
    assert pushed["target"] == {"gs_service": "steam", "gs_id": player[0]}
    for event in (pushed, polled):
        assert event["local"]["ban"] is None
        assert event["glob"]["ban"].keys() == {"expiration", "reason", "admin_name"}
        assert (event["glob"]["ban"]["expiration"], event["glob"]["ban"]["reason"]) == (None, FROM_ELSEWHERE)
    await until_beats_tell(evening, player, "ban")
    assert await until_joining_shows(surf, player, "ban") == {"ban": 0}
    await evening.banstream("lift", f"steam:{player[0]}", "--reason", "appeal")
    await until_beats_tell(evening, player)


async def _read_until(socket: aiohttp.ClientWebSocketResponse, target_type: str) -> Any:
    """Acknowledge what comes, until the ban is told of its player, or of its address."""
    while True:
        event = await socket.receive_json(timeout=30)
        await socket.send_str(event["event_id"])
        reason = ((event.get("glob") or {}).get("ban") or {}).get("reason")
        if event["event"] == "player_updated" and event["target_type"] == target_type and reason == FROM_ELSEWHERE:
            return event
