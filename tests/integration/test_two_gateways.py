"""Two gateways: a ban through one is refused entry by the other."""

import statistics
import time

import pytest

from banstream_testing.steps import ban, call, is_banned, somebody
from banstream_testing.system import System

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

GATEWAYS = 2


async def seconds_until_refused_by_the_other(system: System) -> float:
    player = somebody()
    assert (await ban(system, player, gateway=0)).status == 201
    began = asked = time.perf_counter()
    while not await is_banned(system, player, gateway=1):
        asked = time.perf_counter()
        assert asked - began < 60
    return asked - began


async def test_the_other_gateway_refuses_within_100_ms_in_the_median_of_100(system: System) -> None:
    delays = [await seconds_until_refused_by_the_other(system) for _ in range(100)]
    assert statistics.median(delays) <= 0.1


async def test_a_check_that_names_a_position_sees_it_on_any_gateway(system: System) -> None:
    for _ in range(50):
        player = somebody()
        position = (await ban(system, player, gateway=0)).headers["banstream-position"]
        path = f"/v1/players/roblox/{player}/restrictions?position={position}"
        answer = await call(system, "GET", path, gateway=1)
        assert "ban" in answer.body["restrictions"]
        assert int(answer.headers["banstream-position"]) >= int(position)


async def test_a_position_that_is_not_reached_is_answered_with_how_far_it_is(system: System) -> None:
    answer = await call(system, "GET", "/v1/players/roblox/1/restrictions?position=999999999", gateway=1)
    assert answer.status == 200
    assert int(answer.headers["banstream-position"]) < 999999999
