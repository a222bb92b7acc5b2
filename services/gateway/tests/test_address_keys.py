"""Several address keys: bans that were issued under an older one still hold, and are still lifted."""

from typing import Any

import pytest
from services.gateway.tests.conftest import ADDRESS_KEY, Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Restriction
from banstream_contracts.players import address_token
from banstream_gateway.addresses import Addresses
from banstream_privacy.addresses import address_hash
from banstream_privacy.key_ring import KeyRing
from banstream_privacy.transit import sealing_public_key

NEW_KEY, ADDRESS = b"n" * 32, "192.0.2.77"
OLD, NEW = (address_token(address_hash(key, ADDRESS)) for key in (ADDRESS_KEY, NEW_KEY))


def addresses(*held: str) -> Addresses:
    ring = KeyRing(NEW_KEY, ADDRESS_KEY)
    return Addresses(ring, sealing_public_key(NEW_KEY), seal_names=False, is_held=lambda token: token in held)


@pytest.mark.parametrize(
    ("held", "known_by"),
    [((), NEW), ((OLD,), OLD), ((NEW,), NEW), ((OLD, NEW), NEW)],
    ids=["nothing", "old", "new", "both"],
)
def test_an_address_is_known_by_the_key_that_it_is_restricted_under(held: tuple[str, ...], known_by: str) -> None:
    read = addresses(*held)
    assert read.token(ADDRESS) == known_by
    assert address_token(read.sealed_address(ADDRESS).hash) == known_by
    assert read.tokens(ADDRESS) == (NEW, OLD)


def test_a_digest_tells_nothing_to_whoever_lacks_the_key() -> None:
    """A row may hold an address, and all addresses are soon tried."""
    other = Addresses(ADDRESS_KEY, sealing_public_key(NEW_KEY), seal_names=False)
    assert addresses().digest(ADDRESS) == addresses(OLD).digest(ADDRESS) != addresses().digest("192.0.2.78")
    assert addresses().digest(ADDRESS) != other.digest(ADDRESS)


async def test_a_ban_under_the_older_key_holds_on_every_way_in(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    server = await infractions.admit("key", "check", kind="server")
    running = await start(address_key=f"{NEW_KEY.hex()},{ADDRESS_KEY.hex()}")
    await until(running.is_ready)
    ban = Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
    before = await infractions.restrict(OLD, ban)
    assert await is_refused_everywhere(running, server.id, before)
    after = await infractions.restrict(NEW, ban.model_copy(update={"infraction_id": "1" * 24}))
    assert await is_refused_everywhere(running, server.id, after)
    gone = await infractions.restrict(OLD)
    assert await is_refused_everywhere(running, server.id, gone)
    end = await infractions.restrict(NEW)
    assert not await is_refused_everywhere(running, server.id, end)


async def is_refused_everywhere(running: Running, server_id: str, position: int) -> bool:
    path = f"/v1/players/roblox/1/restrictions?ip={ADDRESS}&position={position}"
    one: Any = (await running.call("GET", path)).json["restrictions"]
    body = {"players": [{"service": "roblox", "id": 1, "ip": ADDRESS}]}
    many: Any = (await running.call("POST", f"/v1/check?position={position}", body)).json["results"][0]["restrictions"]
    headers = {"Authorization": f"SERVER {server_id} key"}
    gflbans = (await running.call("GET", f"/api/v1/infractions/check?ip={ADDRESS}", headers=headers)).json
    found = {"ban" in one, "ban" in many, "ban" in gflbans}
    assert len(found) == 1, (one, many, gflbans)
    return found.pop()
