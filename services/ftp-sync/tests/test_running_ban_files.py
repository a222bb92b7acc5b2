"""The service on real NATS and Postgres, with infractions and the abuse tracker, on files of several kinds."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from nats.aio.client import Client
from prometheus_client import REGISTRY

from banstream_contracts import ban_file_commands as commands
from banstream_contracts import ban_file_queries as queries
from banstream_contracts import streams, subjects
from banstream_contracts.abuse_commands import ProtectPlayer, UnprotectPlayer
from banstream_contracts.ban_files import BanFileFilters, BanFileFormat, BanFileKind, BanFilePlace, BanFilePolicy
from banstream_contracts.commands import (
    AmendInfraction,
    InfractionChanges,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.sealed import SealedAddress
from banstream_ftp_sync import asking
from banstream_ftp_sync.operations import rebuild
from banstream_ftp_sync.testing.nitrado_server import SERVICE_ID, TOKEN, nitrado_server
from banstream_privacy.transit import seal, sealing_public_key
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, FtpServer, ftp_server
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_testing.abuse import SERVER_ID, asked, tracker
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import (
    ask,
    dayz,
    dayz_ban,
    ftp_sync,
    ftp_sync_url,
    local_place,
    new_ban_file,
    sealed_secret,
    timed,
)
from banstream_testing.infractions import FTP_SYNC_KEY, MASTER_KEY, Bus, bus, service, service_process
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

FOREIGN = b"// by hand\r\nsomebody // else\r\n"


@dataclass
class World:
    """What a test works with: everything runs but ftp-sync."""

    nats: NatsServer
    url: str
    to: Bus
    folder: Path
    admin_url: str

    def ftp_sync(self, **settings: Any) -> Any:
        return ftp_sync(self.nats, self.url, self.folder, **settings)

    @property
    def file(self) -> Path:
        return self.folder / "ban.txt"

    def lines(self, file: Path | None = None) -> list[str]:
        try:
            return (file or self.file).read_text().splitlines()
        except FileNotFoundError:  # also while a server that does not rename onto files puts another in its place
            return []

    async def until_lines(self, *starts: str, file: Path | None = None) -> None:
        """Until the file has exactly these lines, by how they begin."""

        async def has_them() -> bool:
            lines = self.lines(file)
            return len(lines) == len(starts) and all(map(str.startswith, lines, starts))

        await eventually(has_them)

    async def receipts(self, ban_file_id: str, **values: Any) -> dict[str, tuple[bool, str, str | None]]:
        question = queries.ListReceipts(ban_file_id=ban_file_id, limit=500, **values)
        items = (await ask(self.to, subjects.QUERY_BAN_FILE_RECEIPTS, question))["items"]
        return {item["infraction_id"]: (item["is_banned"], item["status"], item["error"]) for item in items}

    async def progress(self, ban_file_id: str) -> Any:
        found = await ask(self.to, subjects.QUERY_BAN_FILE, queries.GetBanFile(ban_file_id=ban_file_id))
        return found["progress"]

    async def until_outcome(self, ban_file_id: str, *outcomes: str) -> Any:
        async def progress() -> Any:
            found = await self.progress(ban_file_id)
            return found if found and found["outcome"] in outcomes else None

        return await eventually(progress)

    async def until_failed(self, ban_file_id: str, why: str) -> Any:
        """An attempt before the first load says that the bans are missing."""

        async def progress() -> Any:
            found = await self.until_outcome(ban_file_id, "failed")
            return found if why in found["reason"] else None

        return await eventually(progress)

    async def until_heard(self, *ban_file_ids: str) -> None:
        """Until whatever happens from now on is heard for these files."""

        async def have_consumers() -> bool:
            infos = await self.to.client.jetstream().consumers_info(streams.EVENTS)
            return {f"{streams.FTP_SYNC}-{each}" for each in ban_file_ids} <= {info.name for info in infos}

        await eventually(have_consumers)

    async def told(self, kind: str) -> list[Any]:
        """Events of ftp-sync of one kind."""
        found = await self.to.client.jetstream().subscribe(subjects.event(kind, "*"), ordered_consumer=True)
        messages = []
        while (await found.consumer_info()).num_pending or found.pending_msgs:
            messages.append(await found.next_msg(30))
        await found.unsubscribe()
        return messages

    async def test(self, ban_file_id: str) -> Any:
        return await ask(self.to, subjects.QUERY_BAN_FILE_TEST, queries.TestBanFile(ban_file_id=ban_file_id))


@pytest.fixture
async def world(nats: NatsServer, database: Database, tmp_path: Path) -> AsyncIterator[World]:
    url = await ftp_sync_url(database)
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        yield World(nats, url, to, tmp_path, database.admin_url)


def line(number: int) -> str:
    return f"{dayz(number).id} // unknown - reason {number} - "


def ftp_place(server: FtpServer, path: str = "ban.txt") -> BanFilePlace:
    return BanFilePlace(kind=BanFileKind.FTP, host="127.0.0.1", port=server.port, user=USER, path=path)


async def banned(to: Bus, number: int, **values: Any) -> str:
    result = await to.send(dayz_ban(number, **values))
    return result.infractions[0].id


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
        await asyncio.sleep(0.5)  # what it looks at once more by itself comes before the answer
        is_answered.set()
        await world.until_lines(line(1))


async def test_a_server_that_is_down_delays_nobody_and_catches_up(world: World) -> None:
    elsewhere = world.folder / "ftp"
    elsewhere.mkdir()
    with ftp_server(elsewhere) as server:
        server.faults.cut_at_command = "USER"
        async with world.ftp_sync():
            down = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password=PASSWORD))
            up = new_ban_file(local_place(world.file))
            await world.to.send_all([down, up])
            await world.until_outcome(down.ban_file_id, "failed")
            await world.until_heard(down.ban_file_id, up.ban_file_id)
            infraction_id = await banned(world.to, 1)
            await world.until_lines(line(1))
            progress = await world.until_outcome(down.ban_file_id, "failed")
            assert progress["failing_since"]

            async def receipt() -> Any:
                return (await world.receipts(down.ban_file_id)).get(infraction_id)

            is_banned, status, _ = await eventually(receipt)  # the last failure may be of before the ban
            assert is_banned
            assert status in {"pending", "failed"}

            async def is_measured() -> bool:
                labels = {"ban_file": down.ban_file_id}
                return bool(REGISTRY.get_sample_value("banstream_ftp_sync_unapplied_seconds", labels))

            await eventually(is_measured)
            server.faults.cut_at_command = None
            await world.until_lines(line(1), file=elsewhere / "ban.txt")
            progress = await world.until_outcome(down.ban_file_id, "applied", "unchanged")
            assert (progress["failing_since"], progress["pending_since"]) == (None, None)


async def test_wrong_credentials_are_told_and_a_change_heals_them(world: World) -> None:
    infraction_id = await banned(world.to, 1)
    with ftp_server(world.folder) as server:
        async with world.ftp_sync():
            made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password="wrong"))
            await world.to.send(made)
            progress = await world.until_failed(made.ban_file_id, "did not take name and password")
            (receipt,) = (await world.receipts(made.ban_file_id)).values()
            assert receipt == (True, "failed", progress["reason"])
            assert "wrong" not in str(receipt)
            change = commands.ChangeBanFile(
                **asked(ban_file_id=made.ban_file_id, sealed_secret=sealed_secret(password=PASSWORD))
            )
            assert (await world.to.send(change)).status == "applied"
            await world.until_lines(line(1))
            await world.until_outcome(made.ban_file_id, "applied", "unchanged")  # it looks again soon after
            assert await world.receipts(made.ban_file_id) == {infraction_id: (True, "applied", None)}


@pytest.mark.parametrize("repairs", [True, False], ids=["repaired", "reported"])
async def test_drift_is_found_told_once_and_handled_by_the_policy(world: World, *, repairs: bool) -> None:
    infraction_id = await banned(world.to, 1)
    policy = BanFilePolicy(may_create=True, repairs_drift=repairs)
    async with world.ftp_sync(ftp_sync_check_seconds=0.3):
        made = new_ban_file(local_place(world.file), policy=policy)
        await world.to.send(made)
        await world.until_outcome(made.ban_file_id, "applied", "unchanged")
        world.file.write_bytes(b"somebody // by hand\n")

        async def told() -> list[Any]:
            return await world.told("ban_file.drifted")

        (event,) = await eventually(told)
        body = orjson.loads(event.data)
        expected = {"infraction_ids": [infraction_id], "missing": 1, "changed": 0, "repaired": repairs}
        assert {name: body[name] for name in expected} == expected
        if repairs:
            await world.until_lines("somebody", line(1))
        else:
            await world.until_outcome(made.ban_file_id, "drifted")
            receipts = await world.receipts(made.ban_file_id)
            assert receipts == {infraction_id: (True, "drifted", "its line is missing")}
            assert world.lines() == ["somebody // by hand"]
        tried = (await world.progress(made.ban_file_id))["tried_at"]

        async def looked_again() -> bool:
            return bool((await world.progress(made.ban_file_id))["tried_at"] != tried)

        await eventually(looked_again)
        assert len(await eventually(told)) == 1


async def test_a_protected_player_is_never_written_and_the_hit_is_told(world: World) -> None:
    await world.to.send(ProtectPlayer(**asked(player=dayz(1), reason="owner")))
    async with world.ftp_sync():
        made = new_ban_file(local_place(world.file))
        await world.to.send(made)
        await world.until_heard(made.ban_file_id)
        first, second = await banned(world.to, 1), await banned(world.to, 2)
        await world.until_lines(line(2))

        async def told() -> list[Any]:
            return await world.told("ban_file.protected_met")

        (event,) = await eventually(told)
        assert orjson.loads(event.data)["infraction_ids"] == [first]

        async def is_kept_out() -> bool:  # written down after it is told
            receipts = await world.receipts(made.ban_file_id)
            return receipts.get(first) == (False, "failed", "the player is protected")

        await eventually(is_kept_out)
        await world.to.send(ProtectPlayer(**asked(player=dayz(2), reason="admin")))
        await world.until_lines()
        await world.to.send(UnprotectPlayer(**asked(player=dayz(1), reason="left")))
        await world.until_lines(line(1))
        assert (await world.receipts(made.ban_file_id))[second] == (False, "failed", "the player is protected")


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


async def test_an_sftp_server_is_taken_at_the_first_meeting_and_another_key_is_refused(world: World) -> None:
    await banned(world.to, 1)
    secret = sealed_secret(password=PASSWORD)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(sftp_server(world.folder))
        place = BanFilePlace(kind=BanFileKind.SFTP, host="127.0.0.1", port=server.port, user=USER, path="ban.txt")
        async with world.ftp_sync():
            made = new_ban_file(place, sealed_secret=secret)
            await world.to.send(made)
            await world.until_lines(line(1))
            found = await ask(world.to, subjects.QUERY_BAN_FILE, queries.GetBanFile(ban_file_id=made.ban_file_id))
            assert found["ban_file"]["place"]["fingerprint"] == server.fingerprint

            async def told() -> list[Any]:
                return await world.told("ban_file.host_key_accepted")

            assert len(await eventually(told)) == 1
            other = place.model_copy(update={"path": "other.txt", "fingerprint": "SHA256:" + "A" * 43})
            wrong = new_ban_file(other, sealed_secret=secret)
            await world.to.send(wrong)
            await world.until_failed(wrong.ban_file_id, "could not prove who it is")
            assert not (world.folder / "other.txt").exists()


async def test_addresses_come_sealed_and_are_written_in_clear(world: World) -> None:
    sealed = seal(sealing_public_key(MASTER_KEY), "203.0.113.7")
    address = SealedAddress(hash="ab" * 32, sealed=sealed)
    async with world.ftp_sync():
        file = world.folder / "banned_ip.cfg"
        made = new_ban_file(local_place(file), BanFileFormat.SOURCE_ADDRESSES)
        await world.to.send(made)
        await world.until_heard(made.ban_file_id)
        infraction_id = await banned(world.to, 1, address=address)
        await world.until_lines("addip 0 203.0.113.7", file=file)
        messages = await world.to.events(2)
        assert all(b"203.0.113.7" not in message.data for message in messages)
        await world.to.send(LiftInfraction(**asked(infraction_id=infraction_id, reason="shared")))
        await world.until_lines(file=file)


async def test_nitrados_field_is_kept_in_step(world: World) -> None:
    async with nitrado_server() as nitrado, world.ftp_sync(ftp_sync_nitrado_url=nitrado.url):
        nitrado.bans = "Gamertag With Blanks"
        place = BanFilePlace(kind=BanFileKind.NITRADO, service_id=SERVICE_ID)
        made = new_ban_file(place, BanFileFormat.NITRADO, sealed_secret=sealed_secret(token=TOKEN))
        await world.to.send(made)
        await world.until_heard(made.ban_file_id)
        await banned(world.to, 1)

        async def has_it() -> bool:
            return bool(nitrado.bans == f"Gamertag With Blanks\r\n{dayz(1).id}")

        await eventually(has_it)


async def test_a_test_tells_what_would_change_and_writes_nothing(world: World) -> None:
    world.file.write_bytes(FOREIGN)
    infraction_id = await banned(world.to, 1)
    async with world.ftp_sync():
        made = new_ban_file(local_place(world.file))
        await world.to.send(made)
        await world.until_lines("// by hand", "somebody", line(1))
        await world.to.send(commands.PauseBanFile(**asked(ban_file_id=made.ban_file_id)))
        second = await banned(world.to, 2)
        await world.to.send(LiftInfraction(**asked(infraction_id=infraction_id, reason="appeal")))

        async def knows() -> Any:
            told = await world.test(made.ban_file_id)
            return told if told["removed"] and told["added"] else None

        told = await eventually(knows)
        expected = {"would_write": True, "added": [second], "removed": 1, "lines": 1, "others": 2, "problem": None}
        assert {name: told[name] for name in expected} == expected
        assert world.lines()[2].startswith(line(1))
        refused = await world.to.send(commands.SyncBanFile(**asked(ban_file_id=made.ban_file_id)))
        assert refused.refusal
        assert refused.refusal.code == "ban-file-stopped"
        await world.to.send(commands.ResumeBanFile(**asked(ban_file_id=made.ban_file_id)))
        await world.until_lines("// by hand", "somebody", line(2))
        await world.to.send(commands.RemoveBanFile(**asked(ban_file_id=made.ban_file_id)))
        assert not (await world.test(made.ban_file_id))["is_known"]


async def test_lost_lines_of_others_need_a_person_who_says_that_it_is_right(world: World) -> None:
    world.file.write_bytes(b"".join(b"somebody %d\n" % number for number in range(10)))
    async with world.ftp_sync():
        made = new_ban_file(local_place(world.file))
        await world.to.send(made)
        await world.until_outcome(made.ban_file_id, "unchanged")
        world.file.write_bytes(b"")
        infraction_id = await banned(world.to, 1)
        await world.until_outcome(made.ban_file_id, "refused")
        assert world.lines() == []
        refused = (True, "failed", "the file has 0 lines of others where it had 10")

        async def is_told() -> bool:
            return (await world.receipts(made.ban_file_id)).get(infraction_id) == refused

        await eventually(is_told)

        async def told() -> list[Any]:  # a look while the file was emptied is refused for another reason
            events = await world.told("ban_file.refused")
            return [event for event in events if orjson.loads(event.data)["reason"] == refused[2]]

        assert len(await eventually(told)) == 1
        await world.to.send(commands.SyncBanFile(**asked(ban_file_id=made.ban_file_id, accepts_loss=True)))
        await world.until_lines(line(1))
        before = await ask(world.to, subjects.QUERY_BAN_FILES, queries.ListBanFiles())
        assert await rebuild(world.admin_url) >= 3
        after = await ask(world.to, subjects.QUERY_BAN_FILES, queries.ListBanFiles())
        assert [each["ban_file"] for each in after["items"]] == [each["ban_file"] for each in before["items"]]


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
