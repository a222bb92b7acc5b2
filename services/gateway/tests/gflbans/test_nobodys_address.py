"""Addresses that tell no player from another, and those that nobody can read: what is known of the player counts."""

from typing import Any

import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, until
from services.gateway.tests.gflbans.beating import STEAM_IDS, Clock, gag, listed, player
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.players import address_token
from banstream_privacy.addresses import address_hash, canonical_address

ONE, TWO = STEAM_IDS[:2]
CREATE, REMOVE = "/api/v1/infractions/", "/api/v1/infractions/remove"
BAN: dict[str, Any] = {"reason": "r", "punishments": ["ban"], "scope": "global"}
NOBODYS = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "0.0.0.0:0",
    "127.0.0.1",
    "169.254.117.240:45576",
    "::",
    "::1",
    "::ffff:0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
]
UNREADABLE = ["loopback", "=[A:1:3298932739:22418]"]


@pytest.mark.parametrize("ip", NOBODYS)
async def test_a_ban_with_an_address_that_is_nobodys_is_a_ban_of_nobody_else(
    plugin: Plugin, infractions: PluginInfractions, ip: str
) -> None:
    banned = await plugin.call("POST", CREATE, {**BAN, "player": player(ONE, ip)})
    assert (banned.status, banned.json["player"]) == (200, player(ONE))
    assert infractions.carried_out[-1].address is None
    lifted = await plugin.call("POST", REMOVE, {"player": player(TWO, ip), "remove_reason": "r"})
    assert lifted.status == 200
    assert infractions.carried_out[-1].address_hash is None
    alone = await plugin.call("POST", CREATE, {**BAN, "player": {"ip": ip}})
    assert alone.status == 422


@pytest.mark.parametrize("ip", UNREADABLE)
async def test_a_player_is_banned_whatever_the_address_is(
    plugin: Plugin, infractions: PluginInfractions, ip: str
) -> None:
    banned = await plugin.call("POST", CREATE, {**BAN, "player": player(ONE, ip)})
    assert (banned.status, banned.json["player"]) == (200, player(ONE))
    assert infractions.carried_out[-1].address is None
    alone = await plugin.call("POST", CREATE, {**BAN, "player": {"ip": ip}})
    assert (alone.status, alone.json["detail"].partition(":")[0]) == (422, "player.ip")


@pytest.mark.parametrize("ip", NOBODYS)
async def test_what_was_put_on_such_an_address_holds_for_no_player(
    plugin: Plugin, infractions: PluginInfractions, ip: str
) -> None:
    Clock().set(plugin)
    gateway = plugin.running.gateway
    position = await infractions.restrict(address_token(address_hash(ADDRESS_KEY, canonical_address(ip))), gag())
    await until(lambda: gateway.restrictions.position >= position)
    for path in ("infractions/check", "infractions/check/"):
        checked = await plugin.call("GET", f"/api/v1/{path}", params={**player(ONE), "ip": ip})
        assert checked.json == {}
    await listed(plugin, player(ONE, ip), player(TWO, ip))
    assert await listed(plugin, player(ONE, ip), player(TWO, ip)) == {ONE: {}, TWO: {}}


@pytest.mark.parametrize("ip", [*NOBODYS, *UNREADABLE])
async def test_a_player_is_let_off_and_found_whatever_the_address_is(
    plugin: Plugin, infractions: PluginInfractions, ip: str
) -> None:
    await plugin.call("POST", CREATE, {**BAN, "player": player(ONE)})
    page = await plugin.call("GET", "/api/infractions/", params={**player(ONE), "ip": ip, "limit": "50", "skip": "0"})
    assert (page.status, page.json["total_matched"]) == (200, 1)
    assert infractions.asked[-1].address_hash is None
    lifted = await plugin.call("POST", REMOVE, {"player": player(ONE, ip), "remove_reason": "r"})
    assert (lifted.status, lifted.json["num_removed"]) == (200, 1)


@pytest.mark.parametrize("ip", NOBODYS)
async def test_nobodys_address_is_no_vpn(plugin: Plugin, ip: str) -> None:
    for query in ({"ip": ip}, {**player(ONE), "ip": ip}):
        told = await plugin.call("GET", "/api/v1/gs/vpn", params=query)
        assert (told.status, told.json["is_vpn"]) == (200, False)
