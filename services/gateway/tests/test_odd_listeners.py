"""Clients of the feed that keep to no protocol: each leaves its seat, and nobody else notices."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.feeds import both, is_waiting, message, now, read, streaming, texts
from services.gateway.tests.stand_in import Infractions

HANDSHAKE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    + "A" * 22
    + "==\r\n"
)
MASK = b"\0\0\0\0"
every = pytest.mark.parametrize("transport", ["poll", "sse", "ws"])


@contextmanager
def listener(gateway: Running, transport: str, cursor: str, headers: str = "") -> Iterator[socket.socket]:
    """A connection that has asked, and has read nothing of its answer."""
    path = "?wait=25&" if transport == "poll" else f"/{transport}?"
    head = f"GET /v1/feed{path}cursor={cursor} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all\r\n{headers}"
    head += HANDSHAKE if transport == "ws" else ""
    with socket.create_connection(("127.0.0.1", gateway.port)) as opened:
        opened.sendall(f"{head}\r\n".encode())
        yield opened


async def serves_others(gateway: Running, infractions: Infractions, transport: str) -> None:
    """The seat is free again, and the feed goes on."""
    await is_waiting(gateway, transport, 0)
    cursor = await now(gateway)
    await infractions.tell("server.message_sent", message("still here"))
    assert texts(await read(gateway, cursor, 1)) == ["still here"]


@every
async def test_who_closes_one_half_leaves_the_seat(gateway: Running, infractions: Infractions, transport: str) -> None:
    with listener(gateway, transport, await now(gateway)) as half:
        await is_waiting(gateway, transport)
        half.shutdown(socket.SHUT_WR)
        await serves_others(gateway, infractions, transport)


@every
async def test_who_resets_the_connection_leaves_the_seat(
    gateway: Running, infractions: Infractions, transport: str
) -> None:
    with listener(gateway, transport, await now(gateway)) as gone:
        await is_waiting(gateway, transport)
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await serves_others(gateway, infractions, transport)


FRAMES = {
    "longer than memory": b"\x81\xff" + struct.pack("!Q", 2**63 - 1) + MASK + b"x" * 100,
    "longer than a signed number": b"\x81\xff" + struct.pack("!Q", 2**64 - 1) + MASK,
    "too long, in pieces": (b"\x01\xfe" + struct.pack("!H", 4000) + MASK + b"x" * 4000)
    + (b"\x80\xfe" + struct.pack("!H", 4000) + MASK + b"x" * 4000),
    "a long ping": b"\x89\xfe" + struct.pack("!H", 200) + MASK + b"x" * 200,
    "a ping in pieces": b"\x09\x80" + MASK,
    "a reserved bit": b"\xc1\x80" + MASK,
    "an unknown kind": b"\x83\x80" + MASK,
    "a piece of nothing": b"\x80\x80" + MASK,
    "no text": b"\x81\x81" + MASK + b"\xff",
    "a close without a reason": b"\x88\x81" + MASK + b"x",
    "a close": b"\x88\x80" + MASK,
}


@pytest.mark.parametrize("kind", FRAMES)
async def test_what_is_no_frame_ends_the_socket(gateway: Running, infractions: Infractions, kind: str) -> None:
    with listener(gateway, "ws", await now(gateway)) as odd:
        await is_waiting(gateway, "ws")
        odd.sendall(FRAMES[kind])
        await serves_others(gateway, infractions, "ws")


async def test_who_pings_and_reads_no_pong_is_dropped(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(push_heartbeat_seconds=0.2, push_send_timeout_seconds=0.2)
    with listener(gateway, "ws", await now(gateway)) as deaf:
        await is_waiting(gateway, "ws")
        deaf.settimeout(0)
        ping = (b"\x89\xfd" + MASK + b"x" * 125) * 1000

        def is_dropped() -> bool:
            with suppress(OSError):
                deaf.send(ping)
            return not gateway.gateway.push.seats.taken["ws"]

        await until(is_dropped)
        await serves_others(gateway, infractions, "ws")
    metrics = (await gateway.call("GET", "/metrics", secret=None)).body.decode()
    assert 'route="/v1/feed/ws",status="500"' not in metrics


@both
@pytest.mark.parametrize("cursor", ["0-0", "zzzzzzzzzzzzzzzz-9999999999999999999"], ids=str)
async def test_a_cursor_of_another_deployment_begins_anew(gateway: Running, transport: str, cursor: str) -> None:
    present = await now(gateway)
    async with streaming(gateway, transport, cursor) as stream:
        assert (await stream.event())["cursor"] == present
    polled = await gateway.call("GET", f"/v1/feed?cursor={cursor}")
    assert (polled.status, polled.json["cursor"]) == (410, present)


@both
async def test_a_cursor_beyond_the_end_of_the_stream_begins_anew(gateway: Running, transport: str) -> None:
    present = await now(gateway)
    beyond = present.partition("-")[0] + "-9999999999999999999"
    async with streaming(gateway, transport, beyond) as stream:
        assert (await stream.event())["cursor"] == present


@pytest.mark.parametrize(
    "sent",
    ["x" * 8000, "x" * 100_000, "zzz-" + "9" * 20, "zzz--1", "zzz-01", "\xff", "zzz-5, zzz-6", "zzz-\uff15"],
    ids=range(8),
)
async def test_a_last_event_id_that_is_none_of_ours_is_400(gateway: Running, sent: str) -> None:
    await now(gateway)
    with listener(gateway, "sse", "", f"Last-Event-ID: {sent}\r\n") as odd:
        odd.settimeout(0)
        assert await asyncio.get_running_loop().sock_recv(odd, 12) in {b"HTTP/1.1 400", b"HTTP/1.0 400"}
