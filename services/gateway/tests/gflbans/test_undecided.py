"""What a plugin hears of players about whom it has asked for something that is not decided yet."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from services.gateway.tests.conftest import Start, until
from services.gateway.tests.gflbans.beating import STEAM_IDS, listed, player
from services.gateway.tests.gflbans.conftest import KEY, Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.commands.infractions import LiftRestrictions
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_contracts.results import Refusal
from banstream_gateway.game_servers import undecided
from banstream_gateway.game_servers.undecided import Undecided
from banstream_runtime.identifiers import new_id

ONE, TWO = STEAM_IDS[:2]
GAG = {"player": player(ONE), "reason": "spam", "punishments": ["chat_block"], "scope": "global"}
UNGAG = {"player": player(ONE), "remove_reason": "enough", "restrict_types": ["chat_block"]}


@pytest.fixture
async def hasty(start: Start, infractions: PluginInfractions) -> Plugin:
    """A plugin of a gateway that waits for no outcome to speak of."""
    server = await infractions.admit(KEY, "check", "punish", kind="server")
    running = await start(command_timeout_seconds=0.05)
    await until(running.is_ready)
    return Plugin(running, server.id)


async def test_a_beat_takes_back_nothing_that_is_only_stored(hasty: Plugin, infractions: PluginInfractions) -> None:
    """A plugin gags by itself, and ungags whom a beat tells of with nothing."""
    everybody = player(ONE), player(TWO)
    await listed(hasty, *everybody)
    await infractions.stop()
    assert (await hasty.call("POST", "/api/v1/infractions/", GAG)).status == 200
    assert await listed(hasty, *everybody) == {TWO: {}}
    await infractions.start()

    async def told() -> Any:
        return (await listed(hasty, *everybody)).get(ONE)

    assert [*await until(told)] == ["chat_block"]
    await infractions.stop()
    assert (await hasty.call("POST", "/api/v1/infractions/remove", UNGAG)).status == 200
    assert await listed(hasty, *everybody) == {TWO: {}}
    await infractions.start()

    async def is_told() -> bool:
        return await listed(hasty, *everybody) == {ONE: {}, TWO: {}}

    await until(is_told)


async def test_a_beat_puts_back_nothing_whose_revocation_is_only_stored(
    hasty: Plugin, infractions: PluginInfractions
) -> None:
    everybody = player(ONE), player(TWO)
    await listed(hasty, *everybody)
    gag = (await hasty.call("POST", "/api/v1/infractions/", GAG)).json["id"]
    await until(lambda: [*hasty.running.gateway.restrictions.lookup(f"steam={ONE}")])
    await infractions.stop()
    revocation = {"set_removal_state": True, "removal_reason": "by code"}
    assert (await hasty.call("PATCH", f"/api/v1/infractions/{gag}", revocation)).status == 200
    assert await listed(hasty, *everybody) == {TWO: {}}
    await infractions.start()

    async def is_told() -> bool:
        return await listed(hasty, *everybody) == {ONE: {}, TWO: {}}

    await until(is_told)


async def test_what_was_refused_is_told_at_once(plugin: Plugin, infractions: PluginInfractions) -> None:
    await listed(plugin, player(ONE))
    infractions.refuses = Refusal(code="immune", message="x")
    assert (await plugin.call("POST", "/api/v1/infractions/", GAG)).status == 403
    assert await listed(plugin, player(ONE)) == {ONE: {}}


async def test_an_outcome_that_got_lost_is_waited_for_until_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    positions: defaultdict[str, int] = defaultdict(int)
    asked = Undecided(lambda _command_id: True, positions.__getitem__)
    command = LiftRestrictions(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=Actor(kind="server", id="a" * 24),
        correlation_id=new_id(),
        player=Player(service="steam", id=ONE),
        reason="enough",
    )
    asked.note(command)
    assert asked.concerns(["address=1", command.token])
    assert not asked.concerns(["address=1"])
    positions[command.token] = 7
    assert not asked.concerns([command.token])
    asked.note(command)
    assert asked.concerns([command.token])
    monkeypatch.setattr(undecided, "LONGEST_SECONDS", 0.0)
    assert not asked.concerns([command.token])
