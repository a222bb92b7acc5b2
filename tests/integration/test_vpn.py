"""VPN answers on the whole system: what an operator marks is what a game server is told, soon and without a network."""

from pathlib import Path
from typing import Any

import pytest

from banstream_cli.direct.default_networks import default_networks
from banstream_testing.steps import Ran, banstream
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

GATEWAYS = 2


async def told(system: System, address: str, gateway: int = 0) -> dict[str, Any]:
    url = f"{system.gateways[gateway].url}/v1/vpn"
    async with system.http.get(url, params={"ip": address}, headers=system.headers()) as reply:
        assert reply.status == 200
        answer: dict[str, Any] = await reply.json()
    return answer


async def test_what_a_file_names_is_told_by_every_gateway_until_it_is_removed(system: System, tmp_path: Path) -> None:
    file = tmp_path / "ranges.txt"
    file.write_text("# ours\n192.0.2.0/24 Example VPN\nno network\n2001:db8::/32,Example\n")
    imported = await banstream(system, "vpn", "import", str(file))
    assert (imported.code, imported.out) == (1, "2 networks marked\n")
    assert "line 3:" in imported.err
    assert (await told(system, "192.0.2.9"))["is_vpn"]  # the gateway that was asked shows it at once
    await eventually(lambda: is_vpn(system, "192.0.2.9", 1))
    await eventually(lambda: is_vpn(system, "2001:db8::9", 1))
    assert not await is_vpn(system, "198.51.100.9", 1)

    assert await banstream(system, "vpn", "remove", "192.0.2.0/24") == Ran(0, "1 network unmarked\n", "")
    assert not await is_vpn(system, "192.0.2.9", 0)


async def is_vpn(system: System, address: str, gateway: int) -> bool:
    return bool((await told(system, address, gateway))["is_vpn"])


async def test_answers_go_on_without_the_service_that_decides(system: System) -> None:
    assert (await banstream(system, "vpn", "add", "203.0.113.0/24", "--kind", "cloud_gaming")).code == 0
    system.infractions.kill()
    try:
        answer = await told(system, "203.0.113.9")
        assert (answer["is_vpn"], answer["is_cloud_gaming"]) == (False, True)
    finally:
        await system.restart_infractions()
        await eventually(lambda: decides(system))


async def test_the_defaults_are_marked_once(system: System) -> None:
    count = len(default_networks())
    assert await banstream(system, "vpn", "defaults") == Ran(0, f"{count} networks marked\n", "")
    assert await banstream(system, "vpn", "defaults") == Ran(0, f"0 networks marked, {count} were so already\n", "")


async def decides(system: System) -> bool:
    """Whether the service that decides is there (again)."""
    return (await banstream(system, "vpn", "add", "100.64.9.0/24", "--kind", "hosting")).code == 0
