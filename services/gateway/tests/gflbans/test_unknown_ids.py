"""Players whose id is not known yet: who they are by their address counts."""

import pytest
from services.gateway.tests.gflbans.beating import STEAM_IDS, player
from services.gateway.tests.gflbans.conftest import Plugin

CHECK = "/api/v1/infractions/check"
IP, OTHER_IP = "198.51.100.7", "198.51.100.8"
UNKNOWN = ["", "0", "BOT", "STEAM_ID_PENDING"]
"""What SourceMod and CS2 send of who is not known to Steam, and of bots."""


@pytest.mark.parametrize("steam_id", UNKNOWN, ids=["empty", "zero", "bot", "pending"])
async def test_whose_id_is_not_known_is_checked_by_their_address(plugin: Plugin, steam_id: str) -> None:
    ban = {"player": player(STEAM_IDS[0], IP), "reason": "r", "punishments": ["ban"], "scope": "global"}
    assert (await plugin.call("POST", "/api/v1/infractions/", ban)).status == 200
    who = {"gs_service": "steam", "gs_id": steam_id}
    banned = await plugin.call("GET", CHECK, params={**who, "ip": IP})
    assert (banned.status, [*banned.json]) == (200, ["ban"])
    clean = await plugin.call("GET", CHECK, params={**who, "ip": OTHER_IP})
    assert (clean.status, clean.json) == (200, {})
    for ip in ("", "loopback"):
        assert (await plugin.call("GET", CHECK, params={**who, "ip": ip})).status == 422
