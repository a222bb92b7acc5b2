"""The SDK in a game server against the whole running system."""

import uuid
from typing import Any

import pytest
from sdk.roblox.tests.conftest import StartGame
from sdk.roblox.tests.game import Game

from banstream_testing.steps import ban, call, is_banned, restrictions, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REASONS = ["speed_hack", "teleport", "aimbot", "damage_exploit", "clip", "fly_hack", "packet_manipulation"]


async def started(system: System, start_game: StartGame, config: str = "", *, key: str = "") -> Game:
    """A game server that tracks abuse, and has heard of the feed's cursor."""
    game = await start_game(key or system.server_key)
    await game.run(f"""
        world.detected, world.thresholds, world.messages = {{}}, {{}}, {{}}
        local exchange = world.exchange
        world.exchange = function(request)
            world.hasCursor = world.hasCursor or string.find(request.url, "cursor=") ~= nil
            return exchange(request)
        end
        Rewind.OnAbuseDetected:Connect(function(player, reason, details, count)
            table.insert(world.detected, count)
        end)
        Rewind.OnAbuseThresholdReached:Connect(function(player, threshold, count)
            table.insert(world.thresholds, threshold .. count)
        end)
        Rewind.OnMessage:Connect(function(text, player)
            table.insert(world.messages, text .. (player and (" " .. player.UserId) or ""))
        end)
        Rewind.StartAbuseTracking({{
            url = "{system.url}", secretName = "banstream", batchInterval = 0.5, {config}
        }})
    """)
    await game.until("world.hasCursor and #world.requestTimes >= 3")
    return game


async def record(game: Game, player: str, count: int) -> None:
    """So many incidents of different kinds, in the order of REASONS."""
    for number in range(count):
        reason = REASONS[number % len(REASONS)]
        await game.run(f'Rewind.RecordAbuse(Players:GetPlayerByUserId({player}), "{reason}", {{ number = {number} }})')


async def abuse(system: System, player: str) -> Any:
    """What the service says about a player."""
    return (await call(system, "GET", f"/v1/players/roblox/{player}/abuse")).body


async def test_a_banned_player_is_kicked_at_the_join_and_others_stay(system: System, start_game: StartGame) -> None:
    game, banned, other = await started(system, start_game), somebody(), somebody()
    assert (await ban(system, banned, reason="aimbot")).status == 201
    await game.run(f"world.join({other}) world.join({banned})")
    assert await game.kicks(banned) == ["You are banned. Reason: aimbot"]
    assert await game.run(f"return (Rewind.IsPlayerBanned({other}))") is False
    known = await game.run(f"""
        local isBanned, expiry, reason = Rewind.IsPlayerBanned({banned})
        return {{ isBanned, expiry == nil, reason }}
    """)
    assert known == [True, True, "aimbot"]
    assert await game.run(f"return #kicksOf({other})") == 0


async def test_a_timed_ban_says_how_long(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    assert (await ban(system, player, duration_seconds=3 * 86_400 + 600)).status == 201
    await game.run(f"world.join({player})")
    assert await game.kicks(player) == ["You are banned for 3 days. Reason: aimbot"]
    left = await game.run(f"local _, expiry = Rewind.IsPlayerBanned({player}) return expiry - os.time()")
    assert 3 * 86_400 < left <= 3 * 86_400 + 601


async def test_a_ban_made_elsewhere_kicks_who_plays(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run(f"world.join({player})")
    assert await game.run(f"return (Rewind.IsPlayerBanned({player}))") is False
    assert (await ban(system, player, reason="seen by staff")).status == 201
    assert await game.kicks(player) == ["You are banned. Reason: seen by staff"]


async def test_a_ban_by_one_game_server_kicks_on_another(system: System, start_game: StartGame) -> None:
    first, second = await started(system, start_game), await started(system, start_game)
    player = somebody()
    await second.run(f"world.join({player})")
    await first.run(f'Rewind.BanPlayer({player}, "on the other server", 3600)')
    (text,) = await second.kicks(player)
    assert "on the other server" in text


async def test_a_ban_without_a_reason_holds_until_it_is_lifted(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run(f"world.join({player}) Rewind.BanPlayer(Players:GetPlayerByUserId({player}))")
    assert await game.kicks(player) == ["You are banned. Reason: Banned"]
    assert (await restrictions(system, player))["ban"]["reason"] == "Banned"
    assert await game.run(f"return Rewind.UnbanPlayer({player})") is True
    assert await game.run(f"return Rewind.UnbanPlayer({player})") is False
    assert not await is_banned(system, player)
    assert await game.run(f"return (Rewind.IsPlayerBanned({player}))") is False


async def test_incidents_lead_to_a_warning_a_kick_and_a_ban(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run(f'world.join({player}, "Alice")')
    await record(game, player, 5)
    (text,) = await game.kicks(player)
    assert text.startswith("You were kicked.")
    await game.until(f"Players:GetPlayerByUserId({player}) == nil")
    await game.until("#world.thresholds == 2")
    assert await game.run("return world.thresholds") == ["warn3", "kick5"]
    await game.run(f"world.join({player}, 'Alice')")
    await record(game, player, 5)
    await game.until(f"#kicksOf({player}) >= 2")

    async def has_ban() -> bool:
        return await is_banned(system, player)

    await eventually(has_ban)
    await game.until("#world.detected == 10")
    await game.until("#world.thresholds == 3")
    assert await game.run("return world.thresholds") == ["warn3", "kick5", "ban10"]
    assert sorted(await game.run("return world.detected")) == list(range(1, 11))
    history = await game.run(f"return Rewind.GetAbuseHistory({player})")
    assert history["totalIncidents"] == len(history["records"]) == 10
    assert history["isBanned"] is True
    assert history["records"][0]["details"] == {"number": 4}
    kicks = await game.run(f"return #kicksOf({player})")
    await game.run(f"world.join({player}, 'Alice')")
    await game.until(f"#kicksOf({player}) > {kicks}")


async def test_a_kick_by_staff_is_carried_out(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run(f"world.join({player})")
    path = f"/v1/players/roblox/{player}/kick"
    assert (await call(system, "POST", path, {"reason": "calm down"})).status in {201, 202}
    assert await game.kicks(player) == ["You were kicked. Reason: calm down"]


async def test_a_message_by_staff_is_heard(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run(f"world.join({player})")
    to_all = {"text": "We close at ten."}
    to_one = {"text": "Well played.", "player": {"service": "roblox", "id": player}}
    for message in (to_all, to_one):
        assert (await call(system, "POST", "/v1/messages", message)).status in {201, 202}
    await game.until("#world.messages == 2")
    assert await game.run("return world.messages") == ["We close at ten.", f"Well played. {player}"]


async def test_the_policy_in_force_is_told_from_the_one_wanted(system: System, start_game: StartGame) -> None:
    same = await started(system, start_game)
    other = await started(system, start_game, "thresholds = { warn = 1, kick = 2, ban = 3 },")
    await other.until("#world.warnings == 1")
    assert "thresholds of this game are not in effect" in (await other.run("return world.warnings"))[0]
    assert await same.run("return #world.warnings") == 0


async def test_an_outage_of_the_gateway_loses_nothing(system: System, start_game: StartGame) -> None:
    game = await started(system, start_game, "joinTimeout = 2,")
    player, banned, unknown = somebody(), somebody(), somebody()
    await game.run(f"world.join({player})")
    assert (await ban(system, unknown)).status == 201
    system.gateways[0].service.kill()
    try:
        await record(game, player, 2)
        await game.run(f'Rewind.BanPlayer({banned}, "in the outage")')
        await game.run(f"world.join({banned}) world.join({unknown})")
        assert len(await game.kicks(banned)) == 1
    finally:
        system.gateways[0].service.start()
        await system.wait_ready()

    async def arrived() -> bool:
        return await is_banned(system, banned) and (await abuse(system, player))["totalIncidents"] == 2

    await eventually(arrived, 120)
    await game.kicks(unknown)
    await game.until("#world.detected == 2")


async def test_a_ban_that_is_decided_later_holds_meanwhile_and_is_followed(
    system: System, start_game: StartGame
) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run("""
        local exchange = world.exchange
        world.followed = {}
        world.exchange = function(request)
            local answer = exchange(request)
            if string.find(request.url, "/v1/commands/", 1, true) then
                table.insert(world.followed, game:GetService("HttpService"):JSONDecode(answer.Body).status)
            end
            return answer
        end
    """)
    system.infractions.kill()
    try:
        await game.run(f'Rewind.BanPlayer({player}, "later")')
        await game.until("world.followed[1] == 'pending'")
        await game.run(f"world.join({player})")
        assert await game.kicks(player) == ["You are banned. Reason: later"]
    finally:
        await system.restart_infractions()
    await game.until("world.followed[#world.followed] == 'applied'")
    assert (await restrictions(system, player))["ban"]["reason"] == "later"
    assert await game.run("return world.warnings") == []


async def test_what_the_service_withholds_is_not_done_by_the_game(system: System, start_game: StartGame) -> None:
    made = (await call(system, "POST", "/v1/servers", {"name": "shadow"}, token=system.admin_token)).body
    shadow = {"servers": [made["id"]], "shadow": True}
    for path, body in (
        ("policies/shadow", shadow),
        (f"protected/roblox/{(friend := somebody())}", {"reason": "staff"}),
    ):
        assert (await call(system, "PUT", f"/v1/{path}", body, token=system.admin_token)).status == 200
    tried = ((system.server_key, friend, 3), (made["key"], somebody(), 0))
    for key, player, heard in tried:
        game = await started(system, start_game, "mirrorToRoblox = true,", key=key)
        await game.run(f"world.join({player})")
        await record(game, player, 10)
        await game.until("#world.detected == 10")
        assert await game.run(f"return #kicksOf({player})") == 0
        assert await game.run(f"return world.robloxBans[{player}] == nil") is True
        assert await game.run("return #world.thresholds") == heard


async def test_the_limit_of_roblox_is_never_reached(system: System, start_game: StartGame) -> None:
    game = await started(system, start_game, "requestsPerMinute = 500, joinTimeout = 1,")
    first = int(somebody()) + 10**9
    await game.run(f"""
        for number = 1, 200 do
            for each = 0, 4 do
                task.spawn(Rewind.IsPlayerBanned, {first} + number * 5 + each)
            end
            task.wait(0.01)
            if number % 2 == 0 then task.spawn(Rewind.GetAbuseHistory, {first} + number) end
        end
        for number = 1, 600 do task.spawn(Rewind.GetAbuseHistory, {first} + number) end
    """)
    made = await game.until("#world.requestTimes > 300 and #world.requestTimes")
    assert made <= 500
    assert await game.run("return world.wasOverLimit == true") is False


async def test_a_wrong_key_does_not_stop_the_game(system: System, start_game: StartGame) -> None:
    game, player = await start_game("wrong"), somebody()
    await game.run(f'Rewind.StartAbuseTracking({{ url = "{system.url}", secretName = "banstream" }})')
    await game.run(f"world.join({player})")
    assert await game.run(f"return (Rewind.IsPlayerBanned({player}))") is False
    await game.until("#world.warnings >= 2")
    assert "HTTP 401" in "".join(await game.run("return world.warnings"))


async def test_an_incident_without_an_answer_counts_once(system: System, start_game: StartGame) -> None:
    game, player = await started(system, start_game), somebody()
    await game.run(f"""
        world.join({player})
        local exchange = world.exchange
        world.exchange = function(request)
            local answer = exchange(request)
            if string.find(request.url, "/incidents") then
                world.exchange = exchange
                error("HttpError: Timedout", 0)
            end
            return answer
        end
        Rewind.RecordAbuse(Players:GetPlayerByUserId({player}), "teleport")
    """)
    await game.until("#world.detected == 1")
    assert (await abuse(system, player))["totalIncidents"] == 1


async def test_the_seeds_examples_run_as_they_are_written(system: System, start_game: StartGame) -> None:
    game = await start_game(system.server_key)
    alice, mallory, eve, unban = somebody(), somebody(), somebody(), "123456789"
    await ban(system, unban, key=str(uuid.uuid4()))
    await game.run(f"""
        local storage = game:GetService("ServerStorage")
        storage:SetAttribute("BanstreamUrl", "{system.url}")
        storage:SetAttribute("BanstreamSecretName", "banstream")
        world.logged, world.warned = {{}}, {{}}
        world.given = {{
            player = world.join({alice}, "Alice"),
            warnPlayer = function(player, text) table.insert(world.warned, text) end,
            logToDiscord = function(entry) table.insert(world.logged, entry.event or entry.reason) end,
            formatTime = function(seconds) return math.ceil(seconds / 86400) .. " days" end,
        }}
        for _, name in {{ "configurations", "overview", "events", "record_abuse", "is_player_banned", "unban" }} do
            world.example(name, world.given)
        end
    """)
    # one of the overview, three of the reference; logged by the listener of the reference's events
    await game.until("#world.logged == 4")
    assert await game.run("return table.find(world.prints, 'Player unbanned successfully') ~= nil") is True
    await game.until("#world.warned == 1")
    assert await game.run("return world.warned") == ["You have been flagged for suspicious behavior"]
    await game.run('world.example("history", world.given)')
    assert "Total incidents: 4" in await game.run("return world.prints")
    await game.run(f"""
        for name, userId in {{ ban_for_a_week = {mallory}, ban_for_good = {eve} }} do
            world.example(name, {{ player = world.join(userId) }})
        end
    """)
    assert (await restrictions(system, mallory))["ban"]["reason"] == "Repeated speed hacking"
    assert "expires_at" not in (await restrictions(system, eve))["ban"]
    await game.until(f"Players:GetPlayerByUserId({mallory}) == nil")
    await game.run(f"world.join({mallory})")
    await game.until(f"""table.find(kicksOf({mallory}), "You are banned for 7 days. Reason: Repeated speed hacking")""")
    assert await game.run("return world.errors") == []
