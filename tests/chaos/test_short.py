"""A short run of what `python -m tests.chaos` does at length: the faults that hurt most, and every promise kept."""

import os
import re
from contextlib import suppress

import aiohttp
import pytest
from tests.chaos.plan import Kind, Planned
from tests.chaos.run import run
from tests.chaos.world import World, running_world

from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

SECONDS = 17.0
SEED = int(os.environ.get("CHAOS_SEED", "1"))


async def test_no_promise_breaks_with_what_hurts_most() -> None:
    async with running_world(is_whole=False) as world:
        planned = [
            Planned(1.0, 2.0, Kind.KILL, await eventually(lambda: leader(world))),
            Planned(3.5, 3.0, Kind.BLACK_HOLE, "gateway-1 → nats"),
            Planned(5.0, 1.5, Kind.CUT, "ftp-sync → ftp"),
            Planned(7.5, 1.5, Kind.KILL, "postgres"),
            Planned(10.0, 6.0, Kind.START_ALONE, "gateway-2"),
        ]
        outcome = await run(world, planned, SECONDS, SEED)
    assert not outcome.wrong, (SEED, outcome)
    assert outcome.figures["checks answered without news"], outcome.figures
    assert int(str(outcome.figures["checks answered"])) > 10 * SECONDS, outcome.figures
    assert int(str(outcome.figures["events of infractions"])) > SECONDS, outcome.figures


async def leader(world: World) -> str | None:
    """Which of the two that decide on infractions does."""
    for name in ("infractions-1", "infractions-2"):
        with suppress(aiohttp.ClientError):  # the other one may start later
            async with world.system.http.get(world.processes[name].metrics_url) as answer:
                if re.search(r"^banstream_leading 1", await answer.text(), re.MULTILINE):
                    return name
    return None
