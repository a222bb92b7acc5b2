"""While the admins are not whole yet, nobody is told that somebody has no rights."""

from typing import Any

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Start, made_anew, until
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_infractions import ADMIN, BAN
from services.gateway.tests.known_networks import marked

from banstream_contracts import streams
from banstream_contracts.admins import Admin, Right

ALICE = Admin(player=ADMIN, name="Alice", rights=(Right.BAN, Right.VPN_IMMUNE))
RENAMED = Admin(player=ADMIN, name="alice", rights=(Right.BAN,))
VPN, HOME = "192.0.2.9", "198.51.100.9"
Request = tuple[str, str, dict[str, Any] | None]
ASKED: dict[str, Request] = {
    "admininfo-account": ("GET", "/api/v1/gs/admininfo?ips_id=5", None),
    "admininfo-player": ("GET", "/api/gs/admininfo?gs_service=steam&gs_id=STEAM_0:1:2", None),
    "admininfo-id": ("GET", f"/api/v1/gs/admininfo?mongo_id={ALICE.id}", None),
    "vpn": ("GET", f"/api/v1/gs/vpn?gs_service=steam&gs_id={ADMIN.id}&ip={VPN}", None),
    "vpn-native": ("GET", f"/v1/vpn?player=steam:{ADMIN.id}&ip={VPN}", None),
    "acting": ("POST", "/api/v1/infractions/", {**BAN, "admin": {"mongo_id": ALICE.id}}),
}


@pytest.fixture
async def filling(plugin: Plugin, start: Start, infractions: PluginInfractions, client: Client) -> Plugin:
    """A gateway that starts while its admins are filled anew: so far Alice has less rights than she has."""
    await infractions.put(
        streams.NETWORKS_BUCKET, "mark", marked(f"{VPN}/32").model_dump_json(exclude_none=True).encode()
    )
    await client.jsm().delete_stream(f"KV_{streams.ADMINS_BUCKET}")
    await made_anew(client)
    await infractions.put(streams.ADMINS_BUCKET, streams.FILLING_KEY, b"1000")
    await infractions.appoint(RENAMED)
    running = await start()
    held = running.gateway
    await until(lambda: all(watch.is_loaded for watch in held.watches if watch.bucket != streams.ADMINS_BUCKET))
    await until(lambda: held.admins.by_player(ADMIN))
    return Plugin(running, plugin.server_id)


async def ask(plugin: Plugin, request: Request) -> Any:
    method, path, body = request
    auth = "Bearer all" if path.startswith("/v1") else f"SERVER {plugin.server_id} {plugin.key}"
    return await plugin.call(method, path, body, auth=auth)


@pytest.mark.parametrize("request_", [*ASKED.values()], ids=[*ASKED])
async def test_who_asks_of_an_admin_too_early_is_told_to_ask_again(
    filling: Plugin, infractions: PluginInfractions, request_: Request
) -> None:
    early = await ask(filling, request_)
    assert (early.status, early.json["detail"]) == (503, "The admins are not loaded yet.")
    assert "Retry-After" in early.headers
    assert infractions.carried_out == []
    infractions.position = 1000
    await infractions.appoint(ALICE)
    await until(filling.running.is_ready)
    late = await ask(filling, request_)
    assert late.status == 200
    assert late.json.get("is_immune", True)


async def test_who_has_nothing_to_be_immune_from_is_told_at_once(filling: Plugin) -> None:
    of_home = await filling.call("GET", f"/api/v1/gs/vpn?gs_service=steam&gs_id={ADMIN.id}&ip={HOME}")
    assert (of_home.status, of_home.json["is_vpn"]) == (200, False)
    of_nobody = await filling.call("GET", f"/api/v1/gs/vpn?ip={VPN}")
    assert (of_nobody.status, of_nobody.json["is_vpn"]) == (200, True)
