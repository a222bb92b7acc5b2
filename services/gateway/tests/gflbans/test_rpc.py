"""RPC events by poll and by WebSocket, one queue for both, on whichever gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import ALL, NatsServer, Running, Start, until
from services.gateway.tests.gflbans.beating import STEAM_IDS, listed, player
from services.gateway.tests.gflbans.conftest import KEY, Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.commands.playing import RequestKick
from banstream_contracts.infractions import Restriction
from banstream_contracts.presence import RpcPlace

ONE, TWO, THREE = STEAM_IDS[:3]
IP = "192.0.2.7"
BLOCKS = {"voice_block", "chat_block", "ban", "admin_chat_block", "call_admin_block"}
NOBODY = dict.fromkeys(BLOCKS)


def of(steam_id: str) -> dict[str, str]:
    return {"service": "steam", "id": steam_id}


def ban(**fields: Any) -> Restriction:
    values = {"punishments": ("ban",), "lifetime": "permanent", "reason": "aim", "scope": "global", **fields}
    return Restriction(infraction_id="c" * 24, **values)


async def tell(infractions: PluginInfractions, change: str, steam_id: str, **fields: Any) -> None:
    body = {"player": of(steam_id), "infraction_id": "c" * 24, "scope": "global", **fields}
    await infractions.tell(f"infraction.{change}", body)


async def kick(infractions: PluginInfractions, steam_id: str, **fields: Any) -> None:
    await infractions.tell("player.kick_requested", {"player": of(steam_id), "reason": "x", **fields})


async def caught_up(plugin: Plugin, client: Client) -> None:
    last = (await client.jetstream().stream_info("EVENTS")).state.last_seq
    await until(lambda: plugin.running.gateway.push.is_loaded)
    await until(lambda: plugin.running.gateway.push.ring.cursor.sequence >= last)


async def poll(plugin: Plugin) -> list[Any]:
    reply = await plugin.call("GET", "/api/v1/rpc/poll")
    assert reply.status == 200, reply.body
    events: list[Any] = reply.json
    return events


async def second(start: Start, plugin: Plugin, **settings: Any) -> Plugin:
    running = await start(**settings)
    await until(running.is_ready)
    return Plugin(running, plugin.server_id)


class Socket:
    """A client of the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def event(self) -> Any:
        return await self.socket.receive_json(timeout=60)

    async def acknowledge(self, event: Any) -> None:
        await self.socket.send_str(event["event_id"])


def headers(plugin: Plugin) -> dict[str, str]:
    return {"Authorization": f"SERVER {plugin.server_id} {KEY}"}


@asynccontextmanager
async def connected(plugin: Plugin) -> AsyncIterator[Socket]:
    url = f"{plugin.running.url}/api/v1/rpc/ws"
    async with plugin.running.session.ws_connect(url, headers=headers(plugin)) as socket:
        assert await socket.receive_str(timeout=60) == '{"api_version":1}'
        yield Socket(socket)


async def test_a_poll_shows_what_changed_as_this_server_sees_it(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    await infractions.restrict(f"steam={ONE}", ban())
    await infractions.restrict(
        f"steam={TWO}",
        ban(scope="server", server_id=plugin.server_id, lifetime="timed", expires_at=datetime.now(UTC) + timedelta(1)),
    )
    before = datetime.now(UTC).replace(tzinfo=None)
    for steam_id in (ONE, TWO, THREE):
        await tell(infractions, "issued", steam_id)
    await kick(infractions, ONE, server_id=plugin.server_id)
    await caught_up(plugin, client)
    first, second_, third, last = await poll(plugin)
    assert set(first) == {"event_id", "time", "event", "target_type", "target", "local", "glob"}
    assert (first["event"], first["target_type"], first["target"]) == ("player_updated", "player", player(ONE))
    held = {"expiration": None, "reason": "aim", "admin_name": "SYSTEM"}
    assert (first["local"], first["glob"]) == (NOBODY, {**NOBODY, "ban": held})
    assert isinstance(second_["local"]["ban"]["expiration"], int)
    assert second_["local"] == second_["glob"]
    assert (third["local"], third["glob"]) == (NOBODY, NOBODY)
    assert (last["event"], last["target_player"]) == ("player_kick", player(ONE))
    assert set(last) == {"event_id", "time", "event", "target_player"}
    for event in (first, last):
        assert bytes.fromhex(event["event_id"]).__len__() == 12
        time = datetime.fromisoformat(event["time"])
        assert time.tzinfo is None
        assert abs(time - before) < timedelta(minutes=1)


async def test_reading_takes_ten_at_a_time(plugin: Plugin, infractions: PluginInfractions, client: Client) -> None:
    for steam_id in STEAM_IDS[:12]:
        await tell(infractions, "issued", steam_id)
    await caught_up(plugin, client)
    seen = [[event["target"]["gs_id"] for event in await poll(plugin)] for _ in range(3)]
    assert seen == [[*STEAM_IDS[:10]], [*STEAM_IDS[10:12]], []]


async def test_what_is_no_news_to_a_plugin_is_not_told(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    await tell(infractions, "expired", ONE)
    await infractions.tell("server.message_sent", {"message_id": "d" * 24, "text": "x"})
    await tell(infractions, "issued", ONE, scope="server", server_id="f" * 24)
    await kick(infractions, ONE, server_id="f" * 24)
    for change in ("amended", "lifted", "reinstated"):
        await tell(infractions, change, TWO)
    await caught_up(plugin, client)
    assert [event["target"] for event in await poll(plugin)] == [player(TWO)] * 3


async def test_an_address_is_told_to_the_server_that_named_it(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    key = plugin.running.gateway.addresses.token(IP)
    await infractions.restrict(key, ban())
    await tell(infractions, "issued", ONE, address_hash=key.partition("=")[2])
    await caught_up(plugin, client)
    assert [event["target_type"] for event in await poll(plugin)] == ["player"]
    await listed(plugin, player(TWO, IP))
    await infractions.tell(
        "infraction.issued", {"infraction_id": "c" * 24, "scope": "global", "address_hash": key.partition("=")[2]}
    )
    await caught_up(plugin, client)
    (event,) = await poll(plugin)
    assert (event["target_type"], event["target"]) == ("ip", IP)
    assert event["glob"]["ban"]["reason"] == "aim"


async def test_a_reading_place_survives_a_restart_and_is_shared(
    plugin: Plugin, infractions: PluginInfractions, client: Client, start: Start
) -> None:
    for steam_id in STEAM_IDS[:25]:
        await tell(infractions, "issued", steam_id)
    await caught_up(plugin, client)
    other = await second(start, plugin)
    await caught_up(other, client)
    seen = []
    for reader in (plugin, other, plugin, other):
        seen += [event["target"]["gs_id"] for event in await poll(reader)]
    assert seen == [*STEAM_IDS[:25]]
    fresh = await second(start, plugin)
    await caught_up(fresh, client)
    assert await poll(fresh) == []


async def test_polls_at_the_same_time_never_get_the_same(
    plugin: Plugin, infractions: PluginInfractions, client: Client, start: Start
) -> None:
    for steam_id in STEAM_IDS[:30]:
        await tell(infractions, "issued", steam_id)
    other = await second(start, plugin)
    for each in (plugin, other):
        await caught_up(each, client)
    queues = [each.running.gateway.game_servers.rpc for each in (plugin, other, plugin, other)]
    pages = await asyncio.gather(*(queue.take(plugin.server_id, 10) for queue in queues))
    seen = [event.fields["target"]["gs_id"] for page in pages for event in page]
    assert sorted(seen) == sorted(STEAM_IDS[:30])
    assert await poll(plugin) == []


async def test_a_socket_says_everything_that_waits_and_what_comes(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    for steam_id in STEAM_IDS[:12]:
        await tell(infractions, "issued", steam_id)
    await caught_up(plugin, client)
    async with connected(plugin) as socket:
        waiting = [await socket.event() for _ in range(12)]
        assert [event["target"]["gs_id"] for event in waiting] == [*STEAM_IDS[:12]]
        await infractions.restrict(f"steam={THREE}", ban())
        await tell(infractions, "issued", THREE)
        assert (await socket.event())["glob"]["ban"]["reason"] == "aim"


async def test_what_a_socket_acknowledged_is_taken_and_the_rest_comes_again(
    plugin: Plugin, infractions: PluginInfractions, client: Client, start: Start
) -> None:
    impatient = await second(start, plugin, rpc_resend_seconds=0.2)
    for steam_id in STEAM_IDS[:3]:
        await tell(infractions, "issued", steam_id)
    await caught_up(impatient, client)
    async with connected(impatient) as socket:
        events = [await socket.event() for _ in range(3)]
        await socket.acknowledge(events[1])
        for nothing in ("x", f'{{"event_id": "{events[0]["event_id"]}"}}', "", "0" * 24):
            await socket.socket.send_str(nothing)
        again: list[str] = []
        while len(again) < 6:
            came = (await socket.event())["event_id"]
            again = [] if came == events[1]["event_id"] else [*again, came]  # sent before it was known to be taken
        assert set(again) == {events[0]["event_id"], events[2]["event_id"]}
    for each in (impatient, plugin):
        await until(partial(each.running.gateway.game_servers.rpc.bucket.get, plugin.server_id))
    assert [event["event_id"] for event in await poll(plugin)] == [events[0]["event_id"], events[2]["event_id"]]
    await until(lambda: impatient.running.gateway.game_servers.rpc.waiting(plugin.server_id) == [])
    async with connected(impatient) as socket:
        await tell(infractions, "lifted", ONE)
        assert (await socket.event())["event_id"] not in {event["event_id"] for event in events}


async def test_what_a_poll_took_a_socket_elsewhere_does_not_say_again(
    plugin: Plugin, infractions: PluginInfractions, client: Client, start: Start
) -> None:
    impatient = await second(start, plugin, rpc_resend_seconds=0.2)
    await tell(infractions, "issued", ONE)
    for each in (plugin, impatient):
        await caught_up(each, client)
    async with connected(impatient) as socket:
        first = await socket.event()
        assert (await poll(plugin))[0]["event_id"] == first["event_id"]
        rpc = impatient.running.gateway.game_servers.rpc
        await until(lambda: rpc.waiting(plugin.server_id) == [])
        await tell(infractions, "lifted", TWO)
        later = await until(socket.event)
        while later["event_id"] == first["event_id"]:  # sent before the poll was known here
            later = await socket.event()
        assert later["target"] == player(TWO)


async def test_an_event_is_kept_as_long_as_the_feed(
    plugin: Plugin, infractions: PluginInfractions, client: Client, start: Start
) -> None:
    brief = await second(start, plugin, push_retention_seconds=0.5)
    await tell(infractions, "issued", ONE)
    await caught_up(plugin, client)
    await caught_up(brief, client)
    await until(lambda: brief.running.gateway.game_servers.rpc.waiting(plugin.server_id) == [])
    assert await poll(brief) == []
    assert len(await poll(plugin)) == 1


async def test_nothing_is_lost_while_nats_is_away(
    plugin: Plugin, infractions: PluginInfractions, client: Client, server: NatsServer
) -> None:
    for steam_id in STEAM_IDS[:13]:
        await tell(infractions, "issued", steam_id)
    await caught_up(plugin, client)
    server.stop()
    await until(lambda: not plugin.running.gateway.is_connected())
    assert len(await poll(plugin)) == 10
    server.start()
    await until(lambda: plugin.running.gateway.is_connected() and client.is_connected)
    await until(lambda: plugin.running.gateway.push.is_loaded)
    assert [event["target"]["gs_id"] for event in await poll(plugin)] == [*STEAM_IDS[10:13]]
    place = await client.jetstream().get_last_msg("KV_rpc-cursors", f"$KV.rpc-cursors.{plugin.server_id}")
    assert RpcPlace.model_validate_json(place.data or b"").sequence == 13


async def test_an_empty_queue_is_read_without_writing(plugin: Plugin, client: Client) -> None:
    await caught_up(plugin, client)
    for _ in range(3):
        assert await poll(plugin) == []
    assert (await client.jetstream().stream_info("KV_rpc-cursors")).state.messages == 0


async def asked_to_kick(running: Running, body: Any) -> tuple[int, Any]:
    credential = running.gateway.credentials.find(ALL)
    assert credential is not None
    auth = {"Authorization": f"API {credential.id} {ALL}"}
    reply = await running.call("POST", "/api/v1/rpc/kick", body, secret=None, headers=auth)
    return reply.status, reply.json if reply.body else None


async def test_a_kick_is_answered_once_the_server_has_it(
    plugin: Plugin, infractions: PluginInfractions, start: Start
) -> None:
    """The server takes it from another gateway."""
    other = await second(start, plugin)
    await until(lambda: other.running.gateway.push.is_loaded)
    body = {"server_id": plugin.server_id, "player": player(ONE)}
    asked = asyncio.create_task(asked_to_kick(other.running, body))
    await until(lambda: [each for each in infractions.carried_out if isinstance(each, RequestKick)])
    (command,) = infractions.carried_out
    assert (command.player.id, command.server_id) == (ONE, plugin.server_id)
    await kick(infractions, TWO, server_id=plugin.server_id)
    await kick(infractions, ONE, server_id=plugin.server_id)
    async with connected(plugin) as socket:
        for _ in range(2):
            event = await socket.event()
            assert not asked.done()
            await socket.acknowledge(event)
    assert await asked == (204, None)


async def test_a_kick_that_nobody_takes_is_a_504(plugin: Plugin, start: Start) -> None:
    hasty = await second(start, plugin, rpc_kick_seconds=0.3)
    await until(lambda: hasty.running.gateway.push.is_loaded)
    body = {"server_id": plugin.server_id, "player": player(ONE)}
    status, answer = await asked_to_kick(hasty.running, body)
    assert (status, answer) == (504, {"detail": "The game server did not take the event in time"})


async def test_who_may_kick(plugin: Plugin, infractions: PluginInfractions) -> None:
    path, body = "/api/v1/rpc/kick", {"server_id": plugin.server_id, "player": player(ONE)}
    assert (await plugin.call("POST", path, body)).status == 403
    assert (await plugin.call("POST", path, body, auth=None)).status == 401
    await until(lambda: plugin.running.gateway.push.is_loaded)
    for wrong, status in (
        ({**body, "server_id": "f" * 24}, 404),
        ({"player": player(ONE)}, 404),
        ({**body, "player": None}, 422),
        ({**body, "player": player("x")}, 422),
        ({**body, "player": "x"}, 422),
    ):
        assert (await asked_to_kick(plugin.running, wrong))[0] == status
    assert infractions.carried_out == []


@pytest.mark.parametrize(
    ("auth", "status"),
    [(None, 403), ("SERVER {id} wrong", 401), ("Bearer x", 422), ("SERVER 999 " + KEY, 401)],
    ids=["guest", "wrong key", "malformed", "wrong id"],
)
async def test_a_handshake_without_a_good_key_is_refused(plugin: Plugin, auth: str | None, status: int) -> None:
    url = f"{plugin.running.url}/api/v1/rpc/ws"
    sent = {"Authorization": auth.format(id=plugin.server_id)} if auth else {}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await plugin.running.session.ws_connect(url, headers=sent)
    assert refused.value.status == status
    assert (await plugin.call("GET", "/api/v1/rpc/poll", auth=sent.get("Authorization"))).status == status


async def test_a_socket_ends_with_its_credential(plugin: Plugin, infractions: PluginInfractions) -> None:
    async with connected(plugin) as socket:
        await infractions.admit(KEY, "check", kind="server", id=plugin.server_id, revoked_at=datetime.now(UTC))
        message = await socket.socket.receive(timeout=60)
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


async def test_a_socket_ends_with_its_gateway(plugin: Plugin) -> None:
    async with connected(plugin) as socket:
        stopping = asyncio.create_task(plugin.running.stop())
        message = await socket.socket.receive(timeout=60)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.GOING_AWAY)
    await stopping


async def test_asking_for_the_head_takes_nothing(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    await tell(infractions, "issued", ONE)
    await caught_up(plugin, client)
    assert (await plugin.call("HEAD", "/api/v1/rpc/poll")).status == 405
    assert len(await poll(plugin)) == 1


async def test_plain_http_on_the_path_of_the_socket_is_told_so(plugin: Plugin) -> None:
    reply = await plugin.call("GET", "/api/v1/rpc/ws")
    assert (reply.status, "WebSocket" in reply.json["detail"]) == (422, True)
