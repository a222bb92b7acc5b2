"""A bucket that takes nothing more: what is published waits, and whoever asks for a decision does not."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from nats.js import JetStreamContext

from banstream_contracts.players import Player
from banstream_runtime.streams import StreamsNotApplied, apply_streams
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

STREAM = f"KV_{RESTRICTIONS}"
PLAYERS = "12345"


async def fill_up(jetstream: JetStreamContext) -> None:
    await jetstream.update_stream((await jetstream.stream_info(STREAM)).config, max_bytes=1)


async def make_room(to: Bus) -> None:
    jetstream = to.client.jetstream()
    await jetstream.update_stream((await jetstream.stream_info(STREAM)).config, max_bytes=-1)


async def take_away(jetstream: JetStreamContext) -> None:
    await jetstream.delete_stream(STREAM)


async def put_back(to: Bus) -> None:
    """It may have to wait until the files of the old one are gone."""

    async def is_applied() -> bool:
        with suppress(StreamsNotApplied):
            await apply_streams(to.client)
            return True
        return False

    await eventually(is_applied)


@pytest.mark.parametrize(("spoil", "mend"), [(fill_up, make_room), (take_away, put_back)], ids=["no room", "no bucket"])
async def test_commands_are_decided_while_a_bucket_takes_nothing(
    nats: NatsServer,
    database: Database,
    spoil: Callable[[JetStreamContext], Awaitable[None]],
    mend: Callable[[Bus], Awaitable[None]],
) -> None:
    async with bus(nats) as to, service(nats, database):
        await to.send(issue("10"))
        await spoil(to.client.jetstream())
        for player in PLAYERS:
            assert (await to.send(issue(player))).status == "applied"
        await mend(to)

        async def are_all_there() -> bool:
            return all([await to.entry(RESTRICTIONS, Player(service="roblox", id=player).token) for player in PLAYERS])

        await eventually(are_all_there)
