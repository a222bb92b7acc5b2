"""NDP with addresses that can be no player's: the player counts, and nobody is banned or kicked by the address."""

import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, Running, until
from services.gateway.tests.ndp.domain import LIST_KEY, ListingInfractions
from services.gateway.tests.ndp.sent import add_ban, check, listed, pardon

from banstream_contracts.infractions import Restriction
from banstream_contracts.players import address_token
from banstream_gateway.held.ban_list import BanList
from banstream_privacy.addresses import address_hash
from banstream_privacy.sharing import share

NOBODYS = ["0.0.0.0", "0.0.0.0:25565", "::", "224.0.0.251", "255.255.255.255"]  # noqa: S104 - nothing is bound to it


@pytest.mark.parametrize("ip", NOBODYS)
async def test_a_ban_with_nobodys_address_is_of_the_player_alone(
    gateway: Running, infractions: ListingInfractions, ip: str
) -> None:
    banned = await add_ban(gateway, ip=ip)
    assert (banned.status, banned.json["ip"], banned.json["info"]["ip_related"]) == (200, "", 0)
    assert infractions.carried_out[-1].address is None
    assert (await check(gateway, username="Griefer", ip=ip))["info"]["ban_type"] == "player"
    assert (await check(gateway, username="Somebody", ip=ip))["action"] == "allowed"
    found = await listed(gateway)
    assert (found["player_bans"]["Griefer"]["ip"], found["active_ips"], found["ip_bans"]) == ("", [], {})
    assert (await pardon(gateway, ip=ip)).json["removed"] == ["Griefer"]


async def test_what_was_put_on_nobodys_address_kicks_nobody(gateway: Running, infractions: ListingInfractions) -> None:
    ban = Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
    position = await infractions.restrict(address_token(address_hash(ADDRESS_KEY, "0.0.0.0")), ban)  # noqa: S104 - as above
    await until(lambda: gateway.gateway.restrictions.position >= position)
    for query in ({"ip": "0.0.0.0"}, {"username": "Somebody", "ip": "0.0.0.0"}):  # noqa: S104 - as above
        assert (await check(gateway, **query))["action"] == "allowed"


async def test_a_pardon_of_nobodys_address_says_what_is_wrong(gateway: Running) -> None:
    refused = await pardon(gateway, username="", ip="0.0.0.0")  # noqa: S104 - as above
    assert (refused.status, "username" in refused.json["error"]) == (400, True)


def test_nobodys_address_is_in_no_list() -> None:
    bans = BanList(LIST_KEY, lambda: 0)
    for number, address in enumerate(("0.0.0.0", "10.0.0.7")):  # noqa: S104 - as above
        infraction_id = f"{number:024x}"
        sealed = share(LIST_KEY, infraction_id, address)
        bans.apply(
            infraction_id,
            b'{"infraction_id":"%b","position":1,"reason":"x","scope":"global","issued_at":"2026-01-02T03:04:05Z",'
            b'"sealed_address":"%b"}' % (infraction_id.encode(), sealed.encode()),
        )
    assert [ban.address for ban in bans.seen_by(None)] == [None, "10.0.0.7"]
