"""The master key, the address key and a role's password replaced in a running system, as docs/operations.md says."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from banstream_testing.infractions import MASTER_KEY
from banstream_testing.processes import ADDRESS_KEY, ROLE_PASSWORD, Service
from banstream_testing.steps import call, run_banstream, somebody
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

NEW_MASTER, NEW_ADDRESS = b"n" * 32, b"a" * 32
OLD_IP, NEW_IP = "203.0.113.7", "203.0.113.8"
NEW_PASSWORD = "only-for-tests-too"
OTHERS = ("ABUSE_TRACKER", "NOTIFIER", "FTP_SYNC", "DAYZ_FEED")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system() -> AsyncIterator[System]:
    async with running_system() as running:
        yield running


def turns(*keys: bytes) -> str:
    return ",".join(key.hex() for key in keys)


async def told(system: System, *arguments: str, **settings: str) -> Any:
    ran = await run_banstream({**system.cli_environment(), **settings}, *arguments, "--json")
    assert ran.code == 0, ran
    return json.loads(ran.out)


async def restart(system: System, service: Service, settings: Mapping[str, str]) -> None:
    assert service.stop() == 0
    service.change(settings)
    service.start()
    await system.wait_ready()
    await system.wait_all()


async def use_keys(system: System, masters: str, addresses: str, password: str = ROLE_PASSWORD) -> None:
    """Restart who holds them: infractions with the keys, the gateway with what is made of them."""
    made = await told(system, "keys", "derive", BANSTREAM_MASTER_KEY=masters)
    database = urlsplit(system.admin_database_url)
    url = f"postgresql://banstream_infractions:{password}@{database.hostname}:{database.port}{database.path}"
    own = {"BANSTREAM_MASTER_KEY": masters, "BANSTREAM_ADDRESS_KEY": addresses, "BANSTREAM_DATABASE_URL": url}
    await restart(system, system.infractions, own)
    await restart(system, system.gateways[0].service, {**made, "BANSTREAM_ADDRESS_KEY": addresses})


async def banned(system: System, ip: str) -> str:
    """The id of a ban of somebody in Minecraft with an address."""
    player = {"service": "minecraft", "id": f"p{somebody()}", "ip": ip}
    body = {"player": player, "punishments": ["ban"], "reason": "grief"}

    async def made() -> str | None:
        answer = await call(system, "POST", "/v1/infractions", body, key=player["id"])
        return answer.body["id"] if answer.status in {200, 201} else None

    return await eventually(made)


async def is_refused(system: System, ip: str) -> bool:
    answer = await call(system, "GET", f"/v1/players/minecraft/p{somebody()}/restrictions?ip={ip}")
    return answer.status == 200 and "ban" in answer.body["restrictions"]


async def shows(system: System, *ips: str) -> bool:
    """Whether the list of bans has all the addresses in clear."""
    answer = await call(system, "GET", f"/bans?verification={system.token}")
    return answer.status == 200 and set(ips) <= set(answer.body["ip_bans"])


async def test_every_key_takes_its_turn_and_nothing_is_lost(system: System) -> None:
    first = await banned(system, OLD_IP)
    code = (await told(system, "appeals", "code", first))["code"]
    assert await is_refused(system, OLD_IP)
    both = turns(NEW_MASTER, MASTER_KEY), turns(NEW_ADDRESS, ADDRESS_KEY)
    await use_keys(system, *both)
    await eventually(lambda: is_refused(system, OLD_IP))
    second = await banned(system, NEW_IP)
    await eventually(lambda: shows(system, OLD_IP, NEW_IP))
    assert (await told(system, "appeals", "code", first))["code"] != code

    wrapped = await told(system, "keys", "rewrap", BANSTREAM_MASTER_KEY=both[0])
    assert (wrapped["persons"], wrapped["rewrapped"], wrapped["unreadable"]) == (2, 1, 0)
    passwords = {f"BANSTREAM_{each}_PASSWORD": ROLE_PASSWORD for each in OTHERS}
    await told(system, "migrate", **passwords, BANSTREAM_INFRACTIONS_PASSWORD=NEW_PASSWORD)

    await use_keys(system, turns(NEW_MASTER), both[1], NEW_PASSWORD)
    await eventually(lambda: shows(system, OLD_IP, NEW_IP))
    assert await is_refused(system, OLD_IP)
    assert await is_refused(system, NEW_IP)
    for infraction_id in (first, second):
        lifted = await call(system, "POST", f"/v1/infractions/{infraction_id}/lift", {"reason": "appeal"})
        assert lifted.status == 200, lifted
    assert not await is_refused(system, OLD_IP)
    assert not await is_refused(system, NEW_IP)
    verified = await run_banstream(system.cli_environment(), "log", "verify")
    assert verified.code == 0, verified
