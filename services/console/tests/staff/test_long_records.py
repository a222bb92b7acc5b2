"""The page of a player with very many infractions: what restricts them is there, however old."""

import re
from datetime import UTC, datetime

import pytest
from services.console.tests.conftest import Wall

from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.players import Player
from banstream_runtime.identifiers import new_id
from banstream_testing.infractions import MODERATOR, issue
from banstream_testing.staff import staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAYER = Player(service="roblox", id="616161")
LATER = 120


async def test_a_ban_in_force_is_shown_behind_very_many_infractions_that_came_after_it(wall: Wall) -> None:
    ban = await wall.ban("Long Known", player=PLAYER, reason="the ban that holds")
    later = [issue(PLAYER.id, player_name="Long Known", reason=f"time {number}") for number in range(LATER)]
    await wall.bus.send_all(later)
    common = {"issued_at": datetime.now(UTC), "correlation_id": new_id(), "actor": MODERATOR, "reason": "a mistake"}
    await wall.bus.send_all(
        [LiftInfraction(**common, command_id=new_id(), infraction_id=each.infraction_id) for each in later]
    )
    async with staff_console(wall.nats) as (_, signer):
        person = await signer.sign_in(Role.VIEWER)
        text = (await person.get("/console/players/roblox/616161?lang=en")).text
    in_force, earlier = text[text.index("In force") : text.index("What happened")], text[text.index("Earlier") :]
    assert re.findall(r'/console/bans/([0-9a-f]{24})"', in_force) == [ban]
    assert "Nothing restricts this player" not in text
    assert f"The newest 100 of {LATER} are shown" in earlier
    assert 'href="/console/bans?search=roblox%3A616161"' in earlier
    await wall.lift(ban)
