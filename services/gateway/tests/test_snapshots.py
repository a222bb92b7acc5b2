"""The state for a server that has lost its place."""

import asyncio
import socket
from typing import Any

import orjson
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.feeds import OTHER, SERVER, banned, is_waiting, now
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Standing
from banstream_contracts.players import Player


async def lines_of(gateway: Running, secret: str = "all", more: str = "") -> list[dict[str, Any]]:  # noqa: S107 - a test's
    reply = await gateway.call("GET", f"/v1/feed/snapshot{more}", secret=secret)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/x-ndjson")
    return [orjson.loads(line) for line in reply.body.splitlines()]


async def test_a_snapshot_lists_whom_a_check_restricts(gateway: Running, infractions: Infractions) -> None:
    odd = Player(service="flask", id="a.b c/ü")
    for player in ("roblox=1", odd.token, f"address={'e' * 64}"):
        await infractions.restrict(player, banned())
    await infractions.restrict("roblox=2", banned(lifetime="timed", expires_at="2020-01-01T00:00:00Z"))
    last = await infractions.restrict("roblox=3", banned(scope="server", server_id=SERVER))
    await infractions.admit("own", "check", kind="server", id=SERVER)
    await until(lambda: gateway.gateway.restrictions.position > last)
    cursor = await now(gateway)
    first, *players, end = await lines_of(gateway)
    checked = (await gateway.call("GET", "/v1/players/roblox/1/restrictions")).json["restrictions"]
    assert first == {"cursor": cursor}
    assert players == [
        {"player": {"service": "roblox", "id": "1"}, "restrictions": checked},
        {"player": {"service": "flask", "id": odd.id}, "restrictions": checked},
    ]
    assert end == {"complete": True, "players": 2}
    for secret, more, found in (("own", "", 3), ("all", f"?server_id={SERVER}", 3), ("all", f"?server_id={OTHER}", 2)):
        assert (await lines_of(gateway, secret, more))[-1] == {"complete": True, "players": found}
    assert (await gateway.call("GET", f"/v1/feed/snapshot?server_id={OTHER}", secret="own")).status == 403


def fill(gateway: Running, count: int) -> None:
    standing = Standing(position=1, restrictions=(banned(reason="x" * 100),)).model_dump_json().encode()
    for player in range(count):
        gateway.gateway.restrictions.apply(f"roblox={player}", standing)


async def test_a_large_snapshot_lets_checks_in_between(gateway: Running) -> None:
    await now(gateway)
    fill(gateway, 20_000)
    reading = asyncio.create_task(lines_of(gateway))
    await is_waiting(gateway, "snapshot")
    checks = 0
    while not reading.done():
        assert (await gateway.call("GET", "/v1/players/roblox/1/restrictions")).status == 200
        checks += 1
    assert checks > 5
    assert len({line["player"]["id"] for line in (await reading)[1:-1]}) == 20_000
    assert (await reading)[-1] == {"complete": True, "players": 20_000}


async def test_who_does_not_read_a_snapshot_is_dropped(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(push_send_timeout_seconds=0.2)
    await now(gateway)
    fill(gateway, 60_000)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", gateway.port))
        slow.sendall(b"GET /v1/feed/snapshot HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all\r\n\r\n")
        await is_waiting(gateway, "snapshot")
        await is_waiting(gateway, "snapshot", 0)


async def test_a_snapshot_that_is_cut_lacks_its_last_line(gateway: Running) -> None:
    await now(gateway)
    fill(gateway, 60_000)
    headers = {"Authorization": "Bearer all"}
    async with gateway.session.get(f"{gateway.url}/v1/feed/snapshot", headers=headers) as response:
        async with asyncio.timeout(60):
            await response.content.readline()
        stopping = asyncio.create_task(gateway.stop())
        body = await response.content.read()
        await stopping
    assert b"complete" not in body
