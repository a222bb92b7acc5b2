"""What plugins hear of an address, in the words of the documented API and of its successor."""

import pytest
from services.gateway.tests.conftest import until
from services.gateway.tests.gflbans.beating import STEAM_IDS, player
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.known_networks import marked

from banstream_contracts import streams

IP = "192.0.2.9"
NOTHING = {"is_vpn": False, "is_cloud_gaming": False, "is_dubious": False, "is_immune": False}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("vpn", {"is_vpn": True}),
        ("hosting", {"is_vpn": True}),
        ("cloud_gaming", {"is_cloud_gaming": True, "is_dubious": True}),
    ],
)
async def test_cloud_gaming_is_told_by_its_old_name_and_by_its_new_one(
    plugin: Plugin, infractions: PluginInfractions, kind: str, told: dict[str, bool]
) -> None:
    mark = marked("192.0.2.0/24", kind).model_dump_json(exclude_none=True)
    await infractions.put(streams.NETWORKS_BUCKET, "mark", mark.encode())
    await until(lambda: len(plugin.running.gateway.vpn.marks))
    for prefix in ("/api/v1", "/api"):
        found = await plugin.call("GET", f"{prefix}/gs/vpn", params=player(STEAM_IDS[0], IP))
        assert (found.status, found.json) == (200, {**NOTHING, **told})
