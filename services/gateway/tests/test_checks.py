"""Join checks through HTTP."""

import asyncio

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Restriction

PLAYER = {"service": "roblox", "id": 156}


async def test_a_bulk_check_keeps_the_order(gateway: Running, infractions: Infractions) -> None:
    await infractions.restrict(
        "roblox=3",
        Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global"),
    )
    players = [{"service": "roblox", "id": number} for number in range(1, 501)]
    position = {"Banstream-Position": str(infractions.position)}
    checked = await gateway.call("POST", "/v1/check", {"players": players}, headers=position)
    assert [int(each["player"]["id"]) for each in checked.json["results"]] == list(range(1, 501))
    assert [each["player"]["id"] for each in checked.json["results"] if each["restrictions"]] == ["3"]
    assert checked.json["position"] == infractions.position
    too_many = await gateway.call("POST", "/v1/check", {"players": [*players, PLAYER]})
    assert too_many.status == 422
    odd = await gateway.call("POST", "/v1/check", {"players": [PLAYER, {**PLAYER, "ip": "x"}]})
    assert odd.json["errors"] == [{"field": "players.1.ip", "message": odd.json["errors"][0]["message"]}]


async def test_a_check_waits_for_the_position_it_names(gateway: Running, infractions: Infractions) -> None:
    position = await infractions.restrict(
        "roblox=4",
        Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global"),
    )
    checked = await gateway.call("GET", f"/v1/players/roblox/4/restrictions?position={position}")
    assert "ban" in checked.json["restrictions"]
    assert int(checked.headers["Banstream-Position"]) >= position


async def test_a_check_for_a_position_out_of_reach_says_how_far_it_got(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(position_timeout_seconds=0.05)
    await until(gateway.is_ready)
    checked = await gateway.call(
        "GET", "/v1/players/roblox/4/restrictions", headers={"Banstream-Position": str(10**18)}
    )
    assert checked.status == 200
    assert int(checked.headers["Banstream-Position"]) == infractions.position
    for wrong in ("x", "-1", "9" * 40):
        answer = await gateway.call("GET", "/v1/players/roblox/4/restrictions", headers={"Banstream-Position": wrong})
        assert answer.status == 400


@pytest.mark.parametrize("path", ["/v1/players/roblox/abc", "/v1/players/roblox/%00", "/v1/players/ROBLOX/1"])
async def test_a_player_who_cannot_exist_is_422(gateway: Running, path: str) -> None:
    assert (await gateway.call("GET", f"{path}/restrictions")).status == 422
    assert (await gateway.call("GET", f"{path}/history")).status == 422


async def test_unknown_and_repeated_parameters_are_422(gateway: Running) -> None:
    for query in ("iip=192.0.2.1", "ip=192.0.2.1&ip=192.0.2.2", "ip=x", "server=x", "position=-1", "position=1e999"):
        assert (await gateway.call("GET", f"/v1/players/roblox/4/restrictions?{query}")).status == 422


async def test_a_clean_check_is_whole_in_every_version_of_http(gateway: Running) -> None:
    path = "/v1/players/roblox/1/restrictions"
    head = f"{path} HTTP/%s\r\nHost: x\r\nAuthorization: Bearer all\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write((f"GET {head % '1.1'}\r\n" * 2 + f"GET {head % '1.1'}Connection: close\r\n\r\n").encode())
    answers = (await reader.read()).split(b"HTTP/1.1 ")[1:]
    writer.close()
    await writer.wait_closed()
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert bodies == [b'{"restrictions":{},"position":1}'] * 3
    for line in (b"Content-Type: application/json", b"Content-Length: 32", b"Banstream-Position: 1", b"Date: "):
        assert all(line in answer for answer in answers)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(f"GET {head % '1.0'}\r\n".encode())
    assert (await reader.read()).endswith(bodies[0])
    writer.close()
    await writer.wait_closed()
    headed = await gateway.call("HEAD", path)
    assert (headed.status, headed.body) == (200, b"")
