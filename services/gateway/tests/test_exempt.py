"""Players who may come from a banned address."""

from typing import Any

import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Restriction, Standing
from banstream_contracts.players import Player, address_token, subject_token
from banstream_gateway.held.standings import Packing, read
from banstream_privacy.addresses import address_hash

ADDRESS = "192.0.2.77"
KEY = address_token(address_hash(ADDRESS_KEY, ADDRESS))
BAN = Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
EXEMPT = BAN.model_copy(update={"exempt": (Player(service="roblox", id="7"), Player(service="minecraft", id="kay"))})
SECOND = BAN.model_copy(update={"infraction_id": "1" * 24})


async def test_who_is_exempt_is_let_in_from_the_address_by_every_protocol(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "check")
    server = await infractions.admit("key", "check", kind="server")
    running = await start()
    await until(running.is_ready)
    await infractions.restrict(subject_token("roblox", "6"), EXEMPT)
    one = await infractions.restrict(KEY, EXEMPT)
    assert await is_banned(running, server.id, "6", "alex", one), "whose ban it is"
    assert await is_banned(running, server.id, "8", "alex", one), "everybody else from there"
    assert not await is_banned(running, server.id, "7", "Kay", one)
    both = await infractions.restrict(KEY, EXEMPT, SECOND)
    assert await is_banned(running, server.id, "7", "Kay", both), "by another ban of the address"


async def is_banned(running: Running, server_id: str, roblox_id: str, minecraft_name: str, position: int) -> bool:
    """What all protocols say; the guests of NDP have names alone."""
    path = f"/v1/players/roblox/{roblox_id}/restrictions?ip={ADDRESS}&position={position}"
    one: Any = (await running.call("GET", path)).json["restrictions"]
    body = {"players": [{"service": "roblox", "id": int(roblox_id), "ip": ADDRESS}]}
    many: Any = (await running.call("POST", "/v1/check", body)).json["results"][0]["restrictions"]
    headers = {"Authorization": f"SERVER {server_id} key"}
    query = f"gs_service=roblox&gs_id={roblox_id}&ip={ADDRESS}"
    gflbans = (await running.call("GET", f"/api/v1/infractions/check?{query}", headers=headers)).json
    ndp = (await running.call("GET", f"/check_ban?username={minecraft_name}&ip={ADDRESS}")).json
    found = {"ban" in one, "ban" in many, "ban" in gflbans, bool(ndp["action"] == "kick")}
    assert len(found) == 1, (one, many, gflbans, ndp)
    return found.pop()


async def test_an_address_alone_is_nobody_who_is_exempt(gateway: Running, infractions: Infractions) -> None:
    position = await infractions.restrict(KEY, EXEMPT)
    server = await infractions.admit("key", "check", kind="server")
    headers = {"Authorization": f"SERVER {server.id} key", "Banstream-Position": str(position)}
    path = f"/api/v1/infractions/check?ip={ADDRESS}"
    assert "ban" in (await gateway.call("GET", path, headers=headers)).json


def test_packing_keeps_who_is_exempt() -> None:
    packing = Packing()
    standing = read(Standing(position=5, restrictions=(BAN, EXEMPT)).model_dump_json(exclude_none=True).encode())
    assert [*packing.restrictions_of(packing.packed(standing))] == [*standing.restrictions]
    assert [player.token for player in standing.restrictions[1].exempt or ()] == ["roblox=7", "minecraft=kay"]


async def test_a_player_is_exempted_and_no_more(gateway: Running, infractions: Infractions) -> None:
    body = {"player": {"service": "roblox", "id": 6, "ip": ADDRESS}, "punishments": ["ban"], "reason": "x"}
    ban = (await gateway.call("POST", "/v1/infractions", body)).json["id"]
    path = f"/v1/infractions/{ban}/exempt/steam/STEAM_0:1:5"
    for method, is_exempt in (("PUT", True), ("DELETE", False)):
        assert (await gateway.call(method, path)).status == 200
        command = infractions.carried_out[-1]
        assert (command.infraction_id, command.is_exempt) == (ban, is_exempt)
        assert command.player == Player(service="steam", id="76561197960265739")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/infractions/x/exempt/roblox/7", 404),
        (f"/v1/infractions/{'0' * 24}/exempt/roblox/kay", 422),
        (f"/v1/infractions/{'0' * 24}/exempt/ROBLOX/7", 422),
    ],
    ids=["no infraction", "no id", "no service"],
)
async def test_what_names_nobody_is_said(gateway: Running, path: str, status: int) -> None:
    assert (await gateway.call("PUT", path)).status == status


async def test_who_may_only_check_exempts_nobody(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("eyes", "check")
    path = f"/v1/infractions/{'0' * 24}/exempt/roblox/7"
    for method in ("PUT", "DELETE"):
        assert (await gateway.call(method, path, secret="eyes")).status == 403
