"""An address that is restricted under two keys, as it may be while gateways are restarted with a new one."""

from services.gateway.tests.conftest import ADDRESS_KEY, Start, until
from services.gateway.tests.gflbans.beating import STEAM_IDS, gag, listed, player
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.test_address_keys import ADDRESS, NEW, NEW_KEY, OLD

ONE = STEAM_IDS[0]


async def test_what_holds_under_either_key_holds_in_checks_and_beats(
    plugin: Plugin, infractions: PluginInfractions, start: Start
) -> None:
    ban = {"punishments": ("ban",), "lifetime": "permanent"}
    await infractions.restrict(OLD, gag(0, "0" * 24, **ban))
    await infractions.restrict(NEW, gag())
    running = await start(address_key=f"{NEW_KEY.hex()},{ADDRESS_KEY.hex()}")
    await until(running.is_ready)
    rotated = Plugin(running, plugin.server_id)
    query = f"gs_service=steam&gs_id={ONE}&ip={ADDRESS}"
    assert {*(await rotated.call("GET", f"/api/v1/infractions/check?{query}")).json} == {"ban", "chat_block"}
    await listed(rotated, player(ONE, ADDRESS))
    assert {*(await listed(rotated, player(ONE, ADDRESS)))[ONE]} == {"ban", "chat_block"}
