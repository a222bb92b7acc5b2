"""Addresses that are bound for less time than the players who came from them, as plugins hear of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from nats.aio.client import Client
from services.gateway.tests.gflbans.beating import STEAM_IDS, Clock, gag, listed, player, served
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions
from services.gateway.tests.gflbans.test_beats import IP, address, restrict
from services.gateway.tests.gflbans.test_rpc import ban, caught_up, poll

from banstream_contracts.infractions import Lifetime

SISTER = STEAM_IDS[0]
HOUR = timedelta(hours=1)


async def test_a_plugin_is_told_of_no_address_that_has_ended_while_its_ban_goes_on(
    plugin: Plugin, infractions: PluginInfractions, client: Client
) -> None:
    """It would free the player too, who is there and still restricted."""
    key = address(plugin, IP)
    told = {"infraction_id": "c" * 24, "scope": "global", "address_hash": key.partition("=")[2]}
    await listed(plugin, player(SISTER, IP))
    now, seen = datetime.now(UTC), list[Any]()
    for end in (now - HOUR, now + HOUR):
        await infractions.restrict(key, ban(lifetime=Lifetime.TIMED, expires_at=end))
        await infractions.tell("infraction.amended", told)
        await caught_up(plugin, client)
        seen += [(each["target"], each["glob"]["ban"]["expiration"]) for each in await poll(plugin)]
    assert seen == [(IP, int((now + HOUR).timestamp()))]


async def test_no_time_is_counted_for_who_comes_from_an_address_after_its_end(
    plugin: Plugin, infractions: PluginInfractions
) -> None:
    clock = Clock()
    clock.set(plugin)
    await restrict(plugin, infractions, address(plugin, IP), gag(600, expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    await listed(plugin, player(SISTER, IP))
    clock.forward(30)
    assert await listed(plugin, player(SISTER, IP)) == {SISTER: {}}
    assert served(infractions) == []
