"""Players who may come from a banned address, as plugins hear of them."""

from typing import Any

from nats.aio.client import Client
from services.gateway.tests.gflbans.beating import STEAM_IDS, Clock, gag, listed, player, served
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_beats import IP, address, restrict
from services.gateway.tests.gflbans.test_rpc import ban, caught_up, poll

from banstream_contracts.players import Player

SISTER, FRIEND = STEAM_IDS[:2]
EXEMPT = (Player(service="steam", id=SISTER),)


async def test_a_beat_lists_who_is_exempt_as_clean_and_counts_no_time_of_theirs(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    clock = Clock()
    clock.set(plugin)
    await restrict(plugin, infractions, address(plugin, IP), gag(600, exempt=EXEMPT))
    here = (player(SISTER, IP), player(FRIEND, IP))
    await listed(plugin, *here[:1])
    clock.forward(30)
    assert await listed(plugin, *here) == {SISTER: {}}
    assert served(infractions) == []
    clock.forward(30)
    found = await listed(plugin, *here)
    assert {steam_id: [*blocks] for steam_id, blocks in found.items()} == {SISTER: [], FRIEND: ["chat_block"]}


async def test_a_plugin_is_told_of_an_address_while_it_binds_everybody_alike(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    """It knows no players of the address: it would put off who is exempt, or free the one who is not."""
    key = address(plugin, IP)
    told = {"infraction_id": "c" * 24, "scope": "global", "address_hash": key.partition("=")[2]}
    await listed(plugin, player(SISTER, IP))
    seen: list[Any] = []
    for restrictions in ((ban(exempt=EXEMPT),), (ban(exempt=EXEMPT), ban(reason="another")), (ban(),), ()):
        await infractions.restrict(key, *restrictions)
        await infractions.tell("infraction.amended", told)
        await caught_up(plugin, client)
        seen += [(each["target"], each["glob"]["ban"] and each["glob"]["ban"]["reason"]) for each in await poll(plugin)]
    assert seen == [(IP, "aim"), (IP, None)]
