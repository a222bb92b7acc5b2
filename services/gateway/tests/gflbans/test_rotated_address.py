"""An address that is restricted under two keys, as it may be while gateways are restarted with a new one."""

from services.gateway.tests.conftest import ADDRESS_KEY, Start, until
from services.gateway.tests.gflbans.beating import STEAM_IDS, gag, listed, player
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.test_address_keys import ADDRESS, NEW, NEW_KEY, OLD

from banstream_contracts.commands.infractions import LiftRestrictions

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


async def test_a_removal_and_a_look_by_address_name_every_key(
    plugin: Plugin, infractions: PluginInfractions, start: Start
) -> None:
    running = await start(address_key=f"{NEW_KEY.hex()},{ADDRESS_KEY.hex()}")
    await until(running.is_ready)
    rotated = Plugin(running, plugin.server_id)
    new, old = (token.partition("=")[2] for token in (NEW, OLD))
    body = {"player": {"ip": ADDRESS}, "remove_reason": "shared line"}
    await rotated.call("POST", "/api/v1/infractions/remove", body)
    command = infractions.carried_out[-1]
    assert isinstance(command, LiftRestrictions)
    assert (command.address_hash, command.other_address_hashes) == (new, (old,))
    position = await infractions.restrict(OLD, gag(0, "0" * 24))
    await rotated.call("GET", f"/v1/players/roblox/1/restrictions?ip={ADDRESS}&position={position}")
    await rotated.call("GET", f"/api/v1/infractions?ip={ADDRESS}")
    question = infractions.asked[-1]
    assert (question.address_hash, question.other_address_hashes) == (old, (new,))
