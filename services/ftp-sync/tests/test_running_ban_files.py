"""The service on real NATS and Postgres, with infractions and the abuse tracker: bans come into files, and go."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from nats.aio.client import Client

from banstream_contracts.ban_files import BanFileFilters
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.queries import ban_files as queries
from banstream_ftp_sync import asking
from banstream_remote_files.testing.ftp_server import PASSWORD, ftp_server
from banstream_testing.abuse import SERVER_ID, asked
from banstream_testing.ban_file_world import FOREIGN, World, banned, ftp_place, line
from banstream_testing.ftp_sync import dayz_ban, local_place, new_ban_file, sealed_secret, timed
from banstream_testing.infractions import FTP_SYNC_KEY, service_process
from banstream_testing.waiting import eventually


async def test_a_ban_its_changes_and_its_end_are_in_the_file(world: World) -> None:
    world.file.write_bytes(FOREIGN)
    first = await banned(world.to, 1)
    async with world.ftp_sync():
        made = new_ban_file(local_place(world.file))
        assert (await world.to.send(made)).status == "applied"
        foreign = FOREIGN.decode().split("\r\n")[:2]
        await world.until_lines(*foreign, line(1))
        second = await banned(world.to, 2, server_id=SERVER_ID)
        await world.until_lines(*foreign, line(1), line(2))
        await world.to.send(LiftInfraction(**asked(infraction_id=first, reason="appeal")))
        await world.until_lines(*foreign, line(2))
        await world.to.send(ReinstateInfraction(**asked(infraction_id=first, reason="no appeal")))
        await world.until_lines(*foreign, line(2), line(1))
        chat = InfractionChanges(punishments=(Punishment.CHAT_BLOCK,))
        await world.to.send(AmendInfraction(**asked(infraction_id=first, changes=chat)))
        await world.until_lines(*foreign, line(2))
        amended = InfractionChanges(scope=Scope.SERVER)
        result = await world.to.send(AmendInfraction(**asked(infraction_id=second, changes=amended)))
        assert result.status == "applied", result.refusal
        await world.until_lines(*foreign)
        assert world.file.read_bytes() == FOREIGN

        async def both_are_out() -> bool:
            receipts = await world.receipts(made.ban_file_id)
            return receipts == {first: (False, "applied", None), second: (False, "applied", None)}

        await eventually(both_are_out)
        receipts = await world.receipts(made.ban_file_id)
        assert await world.receipts(made.ban_file_id, cursor="9" * 64) == receipts
        third = await banned(world.to, 3, **timed(3600))
        await world.until_lines(*foreign, line(3))
        soon = InfractionChanges(duration_seconds=4)
        await world.to.send(AmendInfraction(**asked(infraction_id=third, changes=soon)))
        await world.until_lines(*foreign)


async def test_200_bans_are_few_writes_and_200_receipts(world: World) -> None:
    with ftp_server(world.folder) as server:
        async with world.ftp_sync(ftp_sync_gather_seconds=0.5):
            made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password=PASSWORD))
            await world.to.send(made)
            await world.until_outcome(made.ban_file_id, "unchanged")
            began = time.monotonic()
            await world.to.send_all([dayz_ban(number) for number in range(200)])

            async def applied() -> bool:
                return len(await world.receipts(made.ban_file_id, status="applied")) == 200

            await eventually(applied)
            assert len(world.lines()) == 200
            writes = sum(command.startswith("STOR") for command in server.commands)
            assert 1 <= writes <= 2 + (time.monotonic() - began) / 0.5, "one in the time that changes are gathered in"

            async def nothing_waits() -> bool:  # an event may be heard after its ban was written
                progress = await world.progress(made.ban_file_id)
                return (progress["lines"], progress["pending_since"]) == (200, None)

            await eventually(nothing_waits)


async def test_a_ban_that_is_asked_for_while_a_file_is_made_is_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bans_of, is_asked, is_answered = asking.bans_of, asyncio.Event(), asyncio.Event()

    async def late(client: Client, infraction_ids: Sequence[str]) -> list[queries.BansFound]:
        is_asked.set()
        await is_answered.wait()
        return await bans_of(client, infraction_ids)

    async with world.ftp_sync():
        other = new_ban_file(local_place(world.folder / "other.txt"))
        await world.to.send(other)
        await world.until_outcome(other.ban_file_id, "applied", "unchanged")
        monkeypatch.setattr(asking, "bans_of", late)
        await banned(world.to, 1)
        await asyncio.wait_for(is_asked.wait(), 60)
        made = new_ban_file(local_place(world.file))
        await world.to.send(made)
        await world.until_outcome(made.ban_file_id, "applied", "unchanged")
        await world.until_one_is_heard(made.ban_file_id)  # the ban, which was there before the file was
        is_answered.set()
        await world.until_lines(line(1))


@pytest.mark.parametrize("moment", ["STOR", "RNTO"])
async def test_a_process_that_is_killed_while_it_writes_leaves_a_file_that_the_next_one_puts_right(
    world: World, moment: str
) -> None:
    world.file.write_bytes(FOREIGN)
    foreign = FOREIGN.decode().split("\r\n")[:2]
    ids = [await banned(world.to, number) for number in range(3)]
    settings = {
        "BANSTREAM_FTP_SYNC_MASTER_KEY": FTP_SYNC_KEY.hex(),
        "BANSTREAM_FTP_SYNC_LONGEST_PAUSE_SECONDS": "0.2",
        "BANSTREAM_FTP_SYNC_GATHER_SECONDS": "0",
    }
    with ftp_server(world.folder) as server:
        server.faults.renames_onto_files = False
        made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password=PASSWORD))
        with service_process(world.nats, world.url, "banstream_ftp_sync", settings) as process:
            await world.to.send(made)

            async def reached() -> bool:
                return any(command.startswith(moment) for command in server.commands)

            await eventually(reached)
            process.kill()
            process.wait()
        await world.to.send(LiftInfraction(**asked(infraction_id=ids[0], reason="appeal")))
        with service_process(world.nats, world.url, "banstream_ftp_sync", settings):
            await world.until_lines(*foreign, line(1), line(2))

            async def is_clean() -> bool:
                return not any(each.name.endswith("-tmp") for each in world.folder.iterdir())

            await eventually(is_clean)
            assert world.file.read_bytes().startswith(FOREIGN)


async def test_a_file_holds_the_bans_of_its_servers_and_scopes(world: World) -> None:
    async with world.ftp_sync():
        own = world.folder / "own.txt"
        filters = BanFileFilters(servers=(SERVER_ID,), include_other_servers=False)
        files = [new_ban_file(local_place(own), filters=filters), new_ban_file(local_place(world.file))]
        await world.to.send_all(files)
        await world.until_heard(*(each.ban_file_id for each in files))
        other = "0" * 24
        await banned(world.to, 1, server_id=SERVER_ID, scope=Scope.SERVER)
        await banned(world.to, 2, server_id=other, scope=Scope.SERVER)
        await banned(world.to, 3, server_id=other, scope=Scope.GLOBAL)
        await banned(world.to, 4, scope=Scope.COMMUNITY)
        await world.until_lines(line(1), line(4), file=own)
        await world.until_lines(line(3), line(4))
