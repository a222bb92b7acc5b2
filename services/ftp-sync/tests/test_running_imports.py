"""Bans that are imported come into files, and those that are taken back go, many of them by one write."""

import time
from typing import Any

from banstream_contracts import streams, subjects
from banstream_contracts.commands.infractions import ImportInfraction
from banstream_contracts.infractions import LiftedBefore
from banstream_ftp_sync.operations import SCHEMA
from banstream_remote_files.testing.ftp_server import PASSWORD, ftp_server
from banstream_testing.ban_file_world import World, banned, ftp_place, line
from banstream_testing.event_logs import connected
from banstream_testing.ftp_sync import dayz, local_place, new_ban_file, sealed_secret
from banstream_testing.imports import imported, take_back
from banstream_testing.waiting import eventually

MANY = 200
GATHER_SECONDS = 0.5


def row(number: int, **values: Any) -> ImportInfraction:
    """A ban of such a player, from another system."""
    return imported(number, player=dayz(number), **values)


async def test_an_import_and_its_undoing_are_few_writes(world: World) -> None:
    with ftp_server(world.folder) as server:

        def writes() -> int:
            return sum(command.startswith("STOR") for command in server.commands)

        async with world.ftp_sync(ftp_sync_gather_seconds=GATHER_SECONDS):
            made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password=PASSWORD))
            await world.to.send(made)
            await world.until_outcome(made.ban_file_id, "unchanged")
            began = time.monotonic()
            results = await world.to.send_all([row(number) for number in range(MANY)])
            assert {each.status for each in results} == {"applied"}

            async def lines(count: int) -> bool:
                return len(world.lines()) == count

            await eventually(lambda: lines(MANY))
            await take_back(world.to, range(1, MANY))
            await eventually(lambda: lines(1))
            assert world.lines()[0].startswith(line(0))
            assert 2 <= writes() <= 3 + (time.monotonic() - began) / GATHER_SECONDS


async def test_what_is_over_in_the_other_system_is_in_no_file(world: World) -> None:
    await world.to.send(row(1))
    async with world.ftp_sync():
        await world.to.send(new_ban_file(local_place(world.file)))
        await world.until_lines(line(1))
        over = LiftedBefore(by="Old Admin", reason="appeal")
        await world.to.send(row(2, lifted=over))
        await banned(world.to, 3)
        await world.until_lines(line(1), line(3))
        await world.to.send(row(1, lifted=over, digest="e" * 64))
        await world.until_lines(line(3))
        await world.to.send(row(2, digest="e" * 64))
        await world.until_lines(line(3), line(2))


async def test_of_events_that_come_together_the_last_is_written_down(world: World) -> None:
    """An attempt waits for bans as new as that, and hearing goes on there."""
    made = new_ban_file(local_place(world.file))
    async with world.ftp_sync():
        await world.to.send(made)
        await world.until_heard(made.ban_file_id)
        await banned(world.to, 0)
        await world.until_one_is_heard(made.ban_file_id)
    await world.to.send_all([row(number) for number in range(1, 20)])
    async with world.ftp_sync(), connected(world.admin_url, SCHEMA) as admin:

        async def is_written_down() -> bool:
            last = await world.to.client.jetstream().get_last_msg(streams.EVENTS, subjects.INFRACTION_EVENTS)
            return bool(await admin.fetchval("select sequence from states") == last.seq)

        await eventually(is_written_down)
