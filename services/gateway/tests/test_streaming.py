"""The feed by Server-Sent Events and by WebSocket."""

import asyncio
import socket

import aiohttp
import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.feeds import SERVER, both, is_waiting, message, now, streaming
from services.gateway.tests.stand_in import Infractions


@both
async def test_events_come_as_they_happen_and_each_is_a_place_to_resume(
    gateway: Running, infractions: Infractions, transport: str
) -> None:
    cursor = await now(gateway)
    await infractions.tell("server.message_sent", message("a\u2028b"))
    async with streaming(gateway, transport, cursor) as stream:
        first = await stream.event()
        await infractions.tell("server.message_sent", message("second"))
        assert (first["text"], (await stream.event())["text"]) == ("a b", "second")
    async with streaming(gateway, transport, first["id"]) as stream:
        assert (await stream.event())["text"] == "second"


@both
async def test_without_a_cursor_it_starts_now_and_says_where_that_is(
    gateway: Running, infractions: Infractions, transport: str
) -> None:
    cursor = await now(gateway)
    await infractions.tell("server.message_sent", message("before"))
    await until(lambda: len(gateway.gateway.push.ring))
    async with streaming(gateway, transport) as stream:
        if transport == "sse":
            assert await stream.block() == ["retry: 2000", ": ", f"id: {await now(gateway)}"]
        else:
            assert await stream.frame() == {"type": "cursor", "id": await now(gateway)}
        await infractions.tell("server.message_sent", message("after"))
        assert (await stream.event())["text"] == "after"
    assert int(stream.place.split("-")[1]) == int(cursor.split("-")[1]) + 2


async def test_the_last_event_id_wins_over_the_cursor(gateway: Running, infractions: Infractions) -> None:
    cursor = await now(gateway)
    for text in "ab":
        await infractions.tell("server.message_sent", message(text))
    async with streaming(gateway, "sse", cursor) as stream:
        first = await stream.event()
    async with streaming(gateway, "sse", cursor, **{"Last-Event-ID": first["id"]}) as stream:
        assert (await stream.event())["text"] == "b"


@both
@pytest.mark.parametrize("prefix", ["", "/t/all"], ids=["header", "path"])
async def test_an_expired_cursor_is_told_and_it_goes_on_from_now(
    gateway: Running, infractions: Infractions, prefix: str, transport: str
) -> None:
    present = await now(gateway)
    async with streaming(gateway, transport, "zzz-5", prefix=prefix) as stream:
        expired = await stream.event()
        assert expired == {
            "type": "expired",
            "id": present,
            "cursor": present,
            "snapshot": f"{prefix}/v1/feed/snapshot",
        }
        await infractions.tell("server.message_sent", message("after"))
        assert (await stream.event())["text"] == "after"


async def beating(start: Start, infractions: Infractions, seconds: float = 0.05) -> Running:
    await infractions.admit("all", "check")
    gateway = await start(push_heartbeat_seconds=seconds)
    await now(gateway)
    return gateway


async def test_an_idle_event_stream_beats_and_its_place_moves(start: Start, infractions: Infractions) -> None:
    gateway = await beating(start, infractions)
    async with streaming(gateway, "sse") as stream:
        opening, beat = await stream.block(), await stream.block()
        assert beat == [": ", opening[-1]]
        await infractions.tell("server.message_sent", message("for another", server_id=SERVER))
        await until(lambda: gateway.gateway.push.ring.newest)
        place = f"id: {await now(gateway)}"
        async with asyncio.timeout(60):
            while await stream.block() != [": ", place]:
                pass


async def test_an_idle_socket_is_pinged_and_its_place_moves(start: Start, infractions: Infractions) -> None:
    gateway = await beating(start, infractions, 0.4)  # a pong has half of it
    url, headers = f"{gateway.url}/v1/feed/ws", {"Authorization": "Bearer all"}
    async with gateway.session.ws_connect(url, headers=headers, autoping=False) as opened:
        kinds = [(await opened.receive(timeout=60)).type for _ in range(2)]
        assert kinds == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING]
    async with streaming(gateway, "ws") as stream:
        before = await stream.frame()
        reading = asyncio.create_task(stream.frame())  # who does not read answers no ping
        await infractions.tell("server.message_sent", message("for another", server_id=SERVER))
        after = await reading
        assert (before["type"], after["type"]) == ("cursor", "cursor")
        assert after["id"] == await now(gateway) != before["id"]


async def test_a_socket_that_answers_no_ping_is_closed(start: Start, infractions: Infractions) -> None:
    gateway = await beating(start, infractions)
    url, headers = f"{gateway.url}/v1/feed/ws", {"Authorization": "Bearer all"}
    async with gateway.session.ws_connect(url, headers=headers, autoping=False):
        await is_waiting(gateway, "ws")
        await is_waiting(gateway, "ws", 0)


HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n"


@both
async def test_a_slow_reader_is_dropped_and_can_resume(start: Start, infractions: Infractions, transport: str) -> None:
    await infractions.admit("all", "check")
    gateway = await start(push_send_timeout_seconds=0.2)
    cursor = await now(gateway)
    for number in range(60):
        await infractions.tell("server.message_sent", message(f"{number:>200000}"))
    await until(lambda: len(gateway.gateway.push.ring) == 60)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", gateway.port))
        head = f"GET /v1/feed/{transport}?cursor={cursor} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all\r\n"
        head += HANDSHAKE.format("A" * 22 + "==") if transport == "ws" else ""
        slow.sendall(f"{head}\r\n".encode())
        await is_waiting(gateway, transport)
        await is_waiting(gateway, transport, 0)
    reply = await gateway.call("GET", f"/v1/feed?cursor={cursor}")
    assert len(reply.json["events"]) == 60


@both
@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "key"])
async def test_the_connection_ends_with_its_credential(
    gateway: Running, infractions: Infractions, transport: str, change: str
) -> None:
    await now(gateway)
    credential = await infractions.admit("own", "check", kind="server", id=SERVER)
    await until(lambda: gateway.gateway.credentials.find("own"))
    async with streaming(gateway, transport, secret="own") as stream:
        await is_waiting(gateway, transport)
        ended = {change: credential.created_at} if change != "key" else {}
        await infractions.admit("own" if ended else "new", "check", kind="server", id=SERVER, **ended)
        await stream.end()
        if transport == "ws":
            assert stream.socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION
    await is_waiting(gateway, transport, 0)


async def test_open_connections_do_not_hold_up_the_end_of_a_gateway(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(push_heartbeat_seconds=60)
    cursor = await now(gateway)
    async with streaming(gateway, "sse", cursor) as sse, streaming(gateway, "ws", cursor) as ws:
        polls = [asyncio.create_task(gateway.call("GET", f"/v1/feed?cursor={cursor}&wait=25")) for _ in range(3)]
        await is_waiting(gateway, count=3)
        ends = [asyncio.create_task(stream.end()) for stream in (sse, ws)]
        await gateway.stop()
        for answered in await asyncio.gather(*polls):
            assert (answered.status, answered.json) == (200, {"events": [], "cursor": cursor})
        await asyncio.gather(*ends)
        assert ws.socket.close_code == aiohttp.WSCloseCode.GOING_AWAY


async def test_what_a_socket_says_is_ignored_but_not_without_bound(gateway: Running, infractions: Infractions) -> None:
    async with streaming(gateway, "ws", await now(gateway)) as stream:
        for _ in range(10):
            await stream.socket.send_str("x" * 1000)
            await stream.socket.send_bytes(b"x")
        await infractions.tell("server.message_sent", message("still here"))
        assert (await stream.event())["text"] == "still here"
        await stream.socket.send_str("x" * 5000)
        await stream.end()
        assert stream.socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


@both
async def test_who_hangs_up_leaves_the_seat(gateway: Running, transport: str) -> None:
    async with streaming(gateway, transport, await now(gateway)):
        await is_waiting(gateway, transport)
    await is_waiting(gateway, transport, 0)


async def test_a_plain_request_to_the_socket_is_400(gateway: Running) -> None:
    await now(gateway)
    assert (await gateway.call("GET", "/v1/feed/ws")).status == 400


@pytest.mark.parametrize("path", ["sse", "ws", "snapshot"])
async def test_what_has_no_end_has_no_head(gateway: Running, path: str) -> None:
    assert (await gateway.call("HEAD", f"/v1/feed/{path}")).status == 405


async def test_a_broken_last_event_id_is_400(gateway: Running) -> None:
    await now(gateway)
    reply = await gateway.call("GET", "/v1/feed/sse?cursor=y", headers={"Last-Event-ID": "x"})
    assert (reply.status, reply.json["type"]) == (400, "urn:banstream:problem:malformed")
    assert [each["field"] for each in reply.json["errors"]] == ["header.Last-Event-ID"]
    without = await gateway.call("GET", "/v1/feed/sse?cursor=y")
    assert (without.status, [each["field"] for each in without.json["errors"]]) == (400, ["query.cursor"])


@both
async def test_thousands_of_events_are_caught_up_in_order(
    gateway: Running, infractions: Infractions, transport: str
) -> None:
    cursor = await now(gateway)
    for number in range(1000):
        await infractions.tell("server.message_sent", message(str(number)))
    async with streaming(gateway, transport, cursor) as stream:
        assert [(await stream.event())["text"] for _ in range(1000)] == [str(number) for number in range(1000)]
