"""Addresses that can be no player's: nobody is banned by one, and no check fails or finds anything for one."""

from typing import Any

import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, Running, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Restriction
from banstream_contracts.players import address_token
from banstream_privacy.addresses import address_hash, canonical_address

NOBODYS = ["0.0.0.0", "[::]:25565", "::ffff:0.0.0.0", "255.255.255.255", "224.0.0.251", "239.1.2.3:80", "ff02::1%eth0"]  # noqa: S104 - nothing is bound to it
SOMEBODYS = [
    "127.0.0.1",
    "::1",
    "10.0.0.7",
    "192.168.1.7",
    "169.254.1.7",
    "fe80::7",
    "240.0.0.7",
    "223.255.255.7",
    "ff::1",
]
BAN = Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
PLAYER = {"service": "roblox", "id": "1"}
ISSUED = {"punishments": ["ban"], "reason": "r"}


def key_of(ip: str) -> str:
    return address_token(address_hash(ADDRESS_KEY, canonical_address(ip)))


async def answers(gateway: Running, ip: str) -> list[Any]:
    """What checks say of a player who comes from an address."""
    one = await gateway.call("GET", "/v1/players/roblox/1/restrictions", params={"ip": ip})
    many = await gateway.call("POST", "/v1/check", {"players": [{**PLAYER, "ip": ip}]})
    assert (one.status, many.status) == (200, 200)
    return [one.json["restrictions"], many.json["results"][0]["restrictions"]]


@pytest.mark.parametrize("ip", NOBODYS)
async def test_nobodys_address_is_no_reason_to_refuse_a_player_or_a_check(
    gateway: Running, infractions: Infractions, ip: str
) -> None:
    position = await infractions.restrict(key_of(ip), BAN)
    await until(lambda: gateway.gateway.restrictions.position >= position)
    assert await answers(gateway, ip) == [{}, {}]
    position = await infractions.restrict("roblox=1", BAN)
    await until(lambda: gateway.gateway.restrictions.position >= position)
    assert ["ban" in each for each in await answers(gateway, ip)] == [True, True]


@pytest.mark.parametrize("ip", NOBODYS)
async def test_nobodys_address_is_not_banned(gateway: Running, infractions: Infractions, ip: str) -> None:
    bodies: list[tuple[str, dict[str, Any], str]] = [
        ("/v1/infractions", {**ISSUED, "ip": ip}, "ip"),
        ("/v1/infractions", {**ISSUED, "player": {**PLAYER, "ip": ip}}, "player.ip"),
        ("/v1/requests", {"player": {**PLAYER, "ip": ip}, "reason": "r"}, "player.ip"),
    ]
    for path, body, field in bodies:
        refused = await gateway.call("POST", path, body)
        assert refused.status == 422
        (error,) = refused.json["errors"]
        assert error == {
            "field": field,
            "message": "no player comes from an unspecified, multicast or broadcast address",
        }
    assert infractions.carried_out == []


@pytest.mark.parametrize("ip", SOMEBODYS)
async def test_addresses_inside_a_network_are_banned_and_found(gateway: Running, ip: str) -> None:
    assert (await gateway.call("POST", "/v1/infractions", {**ISSUED, "ip": ip})).status == 201
    assert ["ban" in each for each in await answers(gateway, ip)] == [True, True]


@pytest.mark.parametrize("banned", ["fe80::1", "fe80::1%eth0", "[fe80:0:0:0:0:0:0:1%2]:25565"])
async def test_an_address_is_the_same_on_every_interface(gateway: Running, banned: str) -> None:
    assert (await gateway.call("POST", "/v1/infractions", {**ISSUED, "ip": banned})).status == 201
    for ip in ("fe80::1", "fe80::1%eth1", "fe80::1%2"):
        assert ["ban" in each for each in await answers(gateway, ip)] == [True, True]
    assert await answers(gateway, "fe80::2%eth0") == [{}, {}]


@pytest.mark.parametrize("ip", NOBODYS)
async def test_no_provider_is_asked_about_nobodys_address(gateway: Running, ip: str) -> None:
    told = await gateway.call("GET", "/v1/vpn", params={"ip": ip})
    assert (told.status, told.json["source"]) == (200, "private")
