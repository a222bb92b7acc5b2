"""Heartbeats, against the gateway with its stand-in."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import NatsServer, Start, until
from services.gateway.tests.gflbans.beating import GAG, STEAM_IDS, Clock, body, gag, issued_at, listed, player, served
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.infractions import Restriction
from banstream_contracts.presence import ServerPresence
from banstream_gateway.game_servers.accounting import Presence, Seen

ONE, TWO, THREE = STEAM_IDS[:3]
IP, OTHER_IP = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def clock(plugin: Plugin) -> Clock:
    clock = Clock()
    clock.set(plugin)
    return clock


async def restrict(plugin: Plugin, infractions: PluginInfractions, key: str, *restrictions: Restriction) -> None:
    position = await infractions.restrict(key, *restrictions)
    await until(lambda: plugin.running.gateway.restrictions.position >= position)


def token(steam_id: str) -> str:
    return f"steam={steam_id}"


def address(plugin: Plugin, ip: str) -> str:
    return plugin.running.gateway.addresses.token(ip)


async def stored(client: Client, plugin: Plugin) -> ServerPresence:
    found = await client.jetstream().get_last_msg("KV_presence", f"$KV.presence.{plugin.server_id}")
    return ServerPresence.model_validate_json(found.data or b"")


async def second(start: Start, plugin: Plugin, clock: Clock) -> Plugin:
    running = await start()
    await until(running.is_ready)
    other = Plugin(running, plugin.server_id)
    clock.set(other)
    return other


async def test_who_is_there_in_two_beats_is_listed_and_clean_ones_with_nothing(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    ban = Restriction(infraction_id=GAG, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
    await restrict(plugin, infractions, token(TWO), ban)
    assert await listed(plugin, player(ONE), player(TWO)) == {}
    clock.forward(30)
    found = await listed(plugin, player(ONE), player(TWO), player(THREE))
    assert found == {ONE: {}, TWO: {"ban": {"reason": "x", "admin_name": "SYSTEM"}}}
    clock.forward(30)
    await restrict(plugin, infractions, token(TWO))
    assert await listed(plugin, player(TWO), player(THREE)) == {TWO: {}, THREE: {}}
    assert served(infractions) == []


async def test_time_connected_is_taken_off_what_runs_out_by_it(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    await restrict(plugin, infractions, token(ONE), gag(600))
    await listed(plugin, player(ONE), player(TWO))
    clock.forward(30.4)
    found = await listed(plugin, player(ONE), player(TWO))
    assert found[ONE]["chat_block"]["expiration"] == int(clock.time.timestamp()) + 600 - 30
    (command,) = await until(lambda: served(infractions))
    assert (command.infraction_id, command.seconds, command.server_id) == (GAG, 30, plugin.server_id)
    assert (command.actor.kind, command.actor.id) == ("server", plugin.server_id)
    clock.forward(30.6)
    await listed(plugin, player(ONE))
    commands = await until(lambda: len(served(infractions)) == 2 and served(infractions))
    assert sum(each.seconds for each in commands) == 61
    assert len({each.command_id for each in commands}) == 2


async def test_a_block_whose_time_is_up_is_gone_from_the_answer_at_once(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    await restrict(plugin, infractions, token(ONE), gag(30))
    await listed(plugin, player(ONE))
    clock.forward(31)
    assert await listed(plugin, player(ONE)) == {ONE: {}}


async def test_a_warning_runs_out_too_and_is_told_to_nobody(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    await restrict(plugin, infractions, token(ONE), gag(30, punishments=()))
    await listed(plugin, player(ONE))
    clock.forward(20)
    assert await listed(plugin, player(ONE)) == {ONE: {}}
    (command,) = await until(lambda: served(infractions))
    assert (command.infraction_id, command.seconds) == (GAG, 20)


async def test_a_short_gag_between_two_beats_is_not_over_with_the_second(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    await listed(plugin, player(ONE))
    clock.forward(55)
    await restrict(plugin, infractions, token(ONE), gag(60, issued_at(clock.time)))
    clock.forward(5)
    found = await listed(plugin, player(ONE))
    assert found[ONE]["chat_block"]["expiration"] == int(clock.time.timestamp()) + 55
    (command,) = await until(lambda: served(infractions))
    assert command.seconds == 5


async def test_a_new_address_is_still_the_same_player(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    await restrict(plugin, infractions, token(ONE), gag())
    await listed(plugin, player(ONE, IP))
    clock.forward(30)
    assert set(await listed(plugin, player(ONE, OTHER_IP))) == {ONE}
    (command,) = await until(lambda: served(infractions))
    assert command.seconds == 30


async def test_what_holds_on_an_address_is_counted_once_however_many_share_it(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    await restrict(plugin, infractions, address(plugin, IP), gag())
    await listed(plugin, player(ONE, IP), player(TWO, IP))
    clock.forward(30)
    found = await listed(plugin, player(ONE, IP), player(TWO, IP))
    assert [*found[ONE], *found[TWO]] == ["chat_block", "chat_block"]
    clock.forward(30)
    await listed(plugin, player(ONE, IP), player(TWO, IP))
    commands = await until(lambda: len(served(infractions)) == 2 and served(infractions))
    assert [each.seconds for each in commands] == [30, 30]


@pytest.mark.parametrize(
    ("restriction", "include_other_servers"),
    [
        (gag(scope="server", server_id="f" * 24), True),
        (gag(scope="global", server_id="f" * 24), False),
        (gag(0), True),
    ],
    ids=["of another server", "global and refused", "served"],
)
async def test_what_does_not_bind_here_is_not_served_here(
    plugin: Plugin,
    infractions: PluginInfractions,
    clock: Clock,
    restriction: Restriction,
    include_other_servers: bool,
) -> None:
    await restrict(plugin, infractions, token(ONE), restriction)
    await restrict(plugin, infractions, token(TWO), gag(infraction_id="d" * 24, scope="community"))
    for _ in range(2):
        found = await listed(plugin, player(ONE), player(TWO), include_other_servers=include_other_servers)
        clock.forward(30)
    assert found[ONE] == {}
    (command,) = await until(lambda: served(infractions))
    assert command.infraction_id == "d" * 24


async def test_the_same_beat_at_two_gateways_takes_the_time_off_once(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock, start: Start
) -> None:
    other = await second(start, plugin, clock)
    await restrict(plugin, infractions, token(ONE), gag())
    await until(lambda: other.running.gateway.restrictions.position == infractions.position)
    await listed(plugin, player(ONE))
    for round_ in range(1, 6):
        clock.forward(30)
        await asyncio.gather(*(listed(each, player(ONE)) for each in (plugin, other, plugin, other)))
        commands = await until(lambda: len(served(infractions)) == round_ and served(infractions))  # noqa: B023
    assert sum(each.seconds for each in commands) == 150
    assert len({each.command_id for each in commands}) == 5


async def test_beats_at_two_gateways_at_once_count_every_second_once(
    plugin: Plugin, clock: Clock, start: Start
) -> None:
    """Whichever comes first, although neither has heard of the other when it measures its own."""
    other = await second(start, plugin, clock)
    await listed(plugin, player(ONE))
    began = clock.time
    both = [each.running.gateway.game_servers.presences for each in (plugin, other)]
    counted = []
    for _ in range(5):
        clock.forward(30)
        times = (clock.time, clock.time + timedelta(seconds=3))
        beats = [Presence(plugin.server_id, at, at, players=(Seen("steam", ONE),)) for at in times]
        taken = await asyncio.gather(*(each.take(beat) for each, beat in zip(both, beats, strict=True)))
        counted += [each.beat for each in taken if each.is_stored and each.beat.seconds]
    assert sum(beat.seconds for beat in counted) == (clock.time - began).total_seconds() + 3
    assert len({beat.since for beat in counted}) == len(counted)


async def test_beats_may_go_to_one_gateway_and_then_to_another(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock, start: Start
) -> None:
    await restrict(plugin, infractions, token(ONE), gag())
    await listed(plugin, player(ONE))
    clock.forward(30)
    fresh = await second(start, plugin, clock)
    assert set(await listed(fresh, player(ONE))) == {ONE}
    clock.forward(30)
    assert set(await listed(plugin, player(ONE))) == {ONE}
    commands = await until(lambda: len(served(infractions)) == 2 and served(infractions))
    assert [each.seconds for each in commands] == [30, 30]


async def test_a_clock_that_ran_far_ahead_is_forgotten_once_it_is_right(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock, start: Start
) -> None:
    await restrict(plugin, infractions, token(ONE), gag())
    other = await second(start, plugin, clock)
    clock.forward(86_400)
    await listed(plugin, player(ONE))
    known = other.running.gateway.game_servers.presences.bucket
    await until(lambda: known.get(plugin.server_id))
    clock.forward(-86_400)
    for _ in range(2):
        await listed(plugin, player(ONE), player(TWO))
        clock.forward(30)

    async def shown() -> bool:
        status = await other.call("GET", f"/v1/servers/{plugin.server_id}/status", auth=f"Bearer {plugin.key}")
        return bool(status.json.get("player_count") == len([ONE, TWO]))

    await until(shown)
    assert [*await listed(other, player(ONE), player(TWO))] == [ONE, TWO]
    await until(lambda: [command.seconds for command in served(infractions)] == [30, 30])


async def test_while_nats_is_away_beats_are_answered_and_the_time_is_counted_afterwards(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock, server: NatsServer, client: Client
) -> None:
    await restrict(plugin, infractions, token(ONE), gag())
    await restrict(plugin, infractions, token(TWO), gag(infraction_id="d" * 24))
    await listed(plugin, player(ONE), player(TWO))
    server.stop()
    await until(lambda: not plugin.running.gateway.is_connected())
    clock.forward(30)
    assert set(await listed(plugin, player(ONE))) == {ONE}
    clock.forward(30)
    found = await listed(plugin, player(ONE), player(TWO))
    assert set(found) == {ONE}, "only who was in the beat before"
    assert found[ONE]["chat_block"]["expiration"] == int(clock.time.timestamp()) + 3600 - 60
    server.start()
    await until(lambda: plugin.running.gateway.is_connected() and client.is_connected)
    clock.forward(30)
    assert set(await listed(plugin, player(ONE), player(TWO))) == {ONE, TWO}
    (command,) = await until(lambda: served(infractions))
    assert (command.infraction_id, command.seconds) == (GAG, 90), "who was away in between did not stay"


async def test_a_beat_writes_no_command_where_nothing_runs_out(
    plugin: Plugin, infractions: PluginInfractions, clock: Clock
) -> None:
    for _ in range(3):
        await listed(plugin, *(player(each, IP) for each in STEAM_IDS[:64]))
        clock.forward(30)
    assert infractions.carried_out == []


async def test_what_is_kept_of_a_beat_has_no_address(plugin: Plugin, client: Client, clock: Clock) -> None:
    hostname = "x" * 90 + "\n" + "y" * 36
    await listed(plugin, player(ONE, IP), player(f"[U:1:{int(TWO) - 76561197960265728}]"), hostname=hostname)
    kept = await stored(client, plugin)
    assert [each.id for each in kept.players] == [ONE, TWO]
    assert kept.hostname == "x" * 90 + " " + "y" * 5
    assert (kept.map, kept.mod, kept.max_slots, kept.locked) == ("de_dust2", "csgo", 32, False)
    assert kept.beat_at == clock.time
    raw = await client.jetstream().get_last_msg("KV_presence", f"$KV.presence.{plugin.server_id}")
    assert IP.encode() not in (raw.data or b"")
    assert address(plugin, IP).partition("=")[2].encode() not in (raw.data or b"")


async def test_beats_are_read_laxly(plugin: Plugin, client: Client, clock: Clock) -> None:
    bot = {"gs_service": "steam", "gs_id": "BOT"}
    odd = {"gs_service": "Steam", "gs_id": int(TWO), "ip": "loopback", "name": "x"}
    sent = body(
        [player(ONE), player(ONE, IP), odd, bot, {**player(THREE), "ip": None}],
        max_slots="64",
        locked="yes",
        include_other_servers="off",
        messages=[],
        map="",
    )
    assert (await plugin.call("POST", "/api/gs/heartbeat/", sent)).status == 200
    kept = await stored(client, plugin)
    assert [each.id for each in kept.players] == [ONE, TWO, THREE]
    assert (kept.max_slots, kept.locked, kept.ignores_others, kept.map) == (64, True, True, None)
    clock.forward(30)
    again = await plugin.call("POST", "/api/v1/gs/heartbeat", {**sent, "max_slots": 60.7})
    shown = [entry["player"] for entry in again.json]
    assert shown == [player(ONE), {"gs_service": "Steam", "gs_id": TWO}, player(THREE)]
    assert (await stored(client, plugin)).max_slots == 60


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"players": None}, "players"),
    ({"players": {}}, "players"),
    ({"players": ["x"]}, "players.0"),
    ({"players": [{"gs_service": "steam"}]}, "players.0.gs_id"),
    ({"players": [{"gs_service": "steam", "gs_id": {}}]}, "players.0.gs_id"),
    ({"players": [player(ONE)] * 1025}, "players"),
    ({"hostname": None}, "hostname"),
    ({"hostname": ["x"]}, "hostname"),
    ({"max_slots": "many"}, "max_slots"),
    ({"max_slots": None}, "max_slots"),
    ({"max_slots": -1}, "max_slots"),
    ({"locked": "perhaps"}, "locked"),
    ({"map": None}, "map"),
]


async def test_a_beat_that_cannot_be_read_says_where(plugin: Plugin) -> None:
    for wrong, where in WRONG:
        reply = await plugin.call("POST", "/api/v1/gs/heartbeat", {**body([player(ONE)]), **wrong})
        assert (reply.status, reply.json["detail"].partition(":")[0]) == (422, where)
    for broken in (b"", b"{", b"[]", b'"x"', b"\xff", b"null"):
        reply = await plugin.call(
            "POST", "/api/v1/gs/heartbeat", data=broken, headers={"Content-Type": "application/json"}
        )
        assert reply.status == 422
        assert isinstance(reply.json["detail"], str)


async def test_only_servers_beat(plugin: Plugin, infractions: PluginInfractions) -> None:
    path, sent = "/api/v1/gs/heartbeat", body([])
    detail = {"detail": "You must be authed as a server to use this route"}
    assert (await plugin.call("POST", path, sent, auth=None)).json == detail
    api = await infractions.admit("apiKey", "check", "punish")
    await until(lambda: plugin.running.gateway.credentials.find("apiKey"))
    reply = await plugin.call("POST", path, sent, auth=f"API {api.id} apiKey")
    assert (reply.status, reply.json) == (403, detail)
    assert (await plugin.call("POST", path, sent, auth=f"SERVER {plugin.server_id} wrong")).status == 401
    assert (await plugin.call("GET", path)).status == 405


async def test_the_status_of_a_server_is_what_its_last_beat_said(plugin: Plugin, clock: Clock) -> None:
    path = f"/v1/servers/{plugin.server_id}/status"
    gone = {"server_id": plugin.server_id, "online": False}
    assert (await plugin.running.call("GET", path)).json == gone
    await listed(plugin, player(ONE, IP))
    said = {
        "online": True,
        "last_beat_at": clock.time.isoformat().replace("+00:00", "Z"),
        "hostname": "Dust 24/7",
        "map": "de_dust2",
        "mod": "csgo",
        "operating_system": "linux",
        "max_slots": 32,
        "locked": False,
        "player_count": 1,
    }
    reply = await plugin.running.call("GET", path)
    assert reply.json == {"server_id": plugin.server_id, **said, "players": [{"service": "steam", "id": ONE}]}
    (listing,) = [
        each
        for each in (await plugin.running.call("GET", "/v1/servers")).json["items"]
        if each["id"] == plugin.server_id
    ]
    assert listing["status"] == said
    clock.forward(901)
    assert (await plugin.running.call("GET", path)).json == gone


async def test_a_server_sees_its_own_status_only(plugin: Plugin, infractions: PluginInfractions) -> None:
    other = await infractions.admit("otherKey", "check", kind="server")
    await until(lambda: plugin.running.gateway.credentials.find("otherKey"))
    for server_id, status in ((plugin.server_id, 403), (other.id, 200), ("0" * 24, 404)):
        reply = await plugin.running.call("GET", f"/v1/servers/{server_id}/status", secret="otherKey")
        assert reply.status == status
