"""A ban file whose consumer NATS withholds waits alone, and says so; the others are written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from banstream_contracts.commands import ban_files as commands
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, line
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import BansStandIn, ftp_sync_url, infraction, local_place, new_ban_file
from banstream_testing.infractions import bus
from banstream_testing.notifier import happen, issued
from banstream_testing.servers import NatsServer
from banstream_testing.streams import make_room_for
from banstream_testing.waiting import eventually


@pytest.fixture
async def cramped(nats: NatsServer, database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """EVENTS has room for ftp-sync itself and for one ban file."""
    url = await ftp_sync_url(database)
    async with bus(nats) as to:
        await make_room_for(to.client, 2)
        yield World(nats, url, to, tmp_path, database.admin_url)


async def ban(world: World, infractions: BansStandIn, number: int) -> None:
    infractions.bans.append(infraction(number))
    await happen(world.to, issued(number))


async def until_waiting(ban_file_id: str) -> None:
    async def waits() -> bool:
        labels = {"ban_file": ban_file_id}
        return (REGISTRY.get_sample_value("banstream_ftp_sync_unapplied_seconds", labels) or 0) > 0

    await eventually(waits)


@pytest.mark.parametrize("is_paused", [True, False], ids=["paused", "active"])
async def test_a_file_whose_consumer_nats_refuses_waits_alone_and_says_so(cramped: World, *, is_paused: bool) -> None:
    world, second_file = cramped, cramped.folder / "second.txt"
    async with BansStandIn().answering(world.to) as infractions:
        first, second = new_ban_file(local_place(world.file)), new_ban_file(local_place(second_file))
        async with world.ftp_sync():
            await world.to.send(first)
            await world.until_heard(first.ban_file_id)
            await world.to.send(second)
            await world.until_failed(second.ban_file_id, "maximum consumers limit reached")
            await until_waiting(second.ban_file_id)
            if is_paused:
                await world.to.send(commands.PauseBanFile(**asked(ban_file_id=second.ban_file_id)))
            await ban(world, infractions, 1)
            await world.until_lines(line(1))
            third_file = world.folder / "third.txt"
            third = new_ban_file(local_place(third_file))
            await world.to.send(third)
            await world.until_failed(third.ban_file_id, "maximum consumers limit reached")
            await ban(world, infractions, 2)
            await world.until_lines(line(1), line(2))
            assert world.lines(second_file) == []
            await world.to.send(commands.RemoveBanFile(**asked(ban_file_id=third.ban_file_id)))
            await world.to.send(commands.RemoveBanFile(**asked(ban_file_id=first.ban_file_id)))
            await world.until_heard(second.ban_file_id)
            if is_paused:
                await world.to.send(commands.ResumeBanFile(**asked(ban_file_id=second.ban_file_id)))
            await world.until_lines(line(1), line(2), file=second_file)
