"""Whom a beat lists: at a gateway that knows nothing of the one before, and beside who has no id yet."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import NatsServer
from services.gateway.tests.gflbans.beating import STEAM_IDS, Clock, beat, listed, player
from services.gateway.tests.gflbans.conftest import Plugin

from banstream_edge.bus import Bus
from banstream_gateway.game_servers.accounting import Presence, Seen
from banstream_gateway.game_servers.presence import Presences
from banstream_runtime.connection import NatsSettings

ONE, TWO, THREE = STEAM_IDS[:3]
NOW = datetime.now(UTC)


@pytest.fixture
async def bus(server: NatsServer, client: Client) -> AsyncIterator[Bus]:  # noqa: ARG001 - makes the buckets
    bus = Bus(NatsSettings(nats_url=server.url), "test")
    await bus.open()
    yield bus
    await bus.close()


def present(seconds: int, *steam_ids: str) -> Presence:
    at = NOW + timedelta(seconds=seconds)
    players = tuple(Seen("steam", steam_id) for steam_id in steam_ids)
    return Presence(server_id="a" * 24, beat_at=at, counted_until=at, players=players)


async def test_the_first_beat_after_a_restart_tells_of_everybody_who_stayed(bus: Bus) -> None:
    await Presences(bus).take(present(0, ONE, TWO))
    started_anew = await Presences(bus).take(present(30, TWO, THREE))
    assert started_anew.present_twice == {("steam", TWO)}
    assert (started_anew.is_stored, started_anew.beat.seconds) == (True, 30)


@pytest.mark.parametrize("nobody", [{"gs_service": "steam", "gs_id": ""}, {"gs_service": "", "gs_id": ""}], ids=repr)
async def test_who_is_not_known_to_steam_yet_holds_up_nobody_else(plugin: Plugin, nobody: dict[str, str]) -> None:
    clock = Clock()
    clock.set(plugin)
    joining = {**nobody, "ip": "192.0.2.9"}
    assert (await beat(plugin, joining, player(ONE))).status == 200
    clock.forward(30)
    assert await listed(plugin, joining, player(ONE)) == {ONE: {}}
