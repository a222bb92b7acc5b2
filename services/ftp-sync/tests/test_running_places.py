"""The running service and the places of files: servers that are down, refuse or are unknown, and kinds of their own."""

from contextlib import AsyncExitStack
from typing import Any

import pytest
from prometheus_client import REGISTRY

from banstream_contracts import subjects
from banstream_contracts.ban_files import BanFileFormat, BanFileKind, BanFilePlace
from banstream_contracts.commands import ban_files as commands
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.queries import ban_files as queries
from banstream_contracts.sealed import SealedAddress
from banstream_ftp_sync.connecting import met
from banstream_ftp_sync.testing.nitrado_server import SERVICE_ID, TOKEN, nitrado_server
from banstream_privacy.transit import seal, sealing_public_key
from banstream_remote_files.errors import Unreachable
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, banned, ftp_place, line
from banstream_testing.ftp_sync import ask, dayz, local_place, new_ban_file, sealed_secret
from banstream_testing.infractions import MASTER_KEY
from banstream_testing.waiting import eventually


async def is_measured(ban_file_id: str, *, waits: bool = True) -> bool:
    seconds = REGISTRY.get_sample_value("banstream_ftp_sync_unapplied_seconds", {"ban_file": ban_file_id})
    return seconds is not None and (seconds > 0) is waits


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

            await eventually(lambda: is_measured(down.ban_file_id))
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
            assert progress["pending_since"] is None  # no event came for it
            await eventually(lambda: is_measured(made.ban_file_id))
            change = commands.ChangeBanFile(
                **asked(ban_file_id=made.ban_file_id, sealed_secret=sealed_secret(password=PASSWORD))
            )
            assert (await world.to.send(change)).status == "applied"
            await world.until_lines(line(1))
            await world.until_outcome(made.ban_file_id, "applied", "unchanged")  # it looks again soon after
            await eventually(lambda: is_measured(made.ban_file_id, waits=False))
            assert await world.receipts(made.ban_file_id) == {infraction_id: (True, "applied", None)}


async def test_a_file_that_fails_is_measured_although_nothing_waits_for_it_until_it_is_paused(world: World) -> None:
    with ftp_server(world.folder) as server:
        async with world.ftp_sync():
            made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password="wrong"))
            await world.to.send(made)
            await eventually(lambda: is_measured(made.ban_file_id))
            assert (await world.progress(made.ban_file_id))["pending_since"] is None
            await world.to.send(commands.PauseBanFile(**asked(ban_file_id=made.ban_file_id)))
            await eventually(lambda: is_measured(made.ban_file_id, waits=False))


async def test_a_file_that_is_made_paused_is_not_written_before_it_is_resumed(world: World) -> None:
    await banned(world.to, 1)
    other = world.folder / "other.txt"
    async with world.ftp_sync():
        waiting, written = new_ban_file(local_place(world.file), paused=True), new_ban_file(local_place(other))
        await world.to.send_all([waiting, written])
        await world.until_lines(line(1), file=other)
        await world.until_heard(waiting.ban_file_id)
        assert (await world.test(waiting.ban_file_id))["would_write"]
        assert (await world.progress(waiting.ban_file_id))["outcome"] is None
        assert not world.file.exists()
        await world.to.send(commands.ResumeBanFile(**asked(ban_file_id=waiting.ban_file_id)))
        await world.until_lines(line(1))


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


async def test_what_comes_while_a_pause_is_kept_waits_and_says_so(world: World) -> None:
    async with nitrado_server() as nitrado, world.ftp_sync(ftp_sync_nitrado_url=nitrado.url):
        nitrado.answers = [(503, {"Retry-After": "3600"}, b"")]
        place = BanFilePlace(kind=BanFileKind.NITRADO, service_id=SERVICE_ID)
        made = new_ban_file(place, BanFileFormat.NITRADO, sealed_secret=sealed_secret(token=TOKEN))
        await world.to.send(made)
        await world.until_failed(made.ban_file_id, "Nitrado answered 503")
        infraction_id = await banned(world.to, 1)

        async def waits() -> bool:
            return await world.receipts(made.ban_file_id) == {infraction_id: (True, "pending", None)}

        await eventually(waits)
        assert len(nitrado.requests) == 1


@pytest.mark.parametrize("host", ["game..example.net", f"{'x' * 64}.example.net"], ids=["empty", "long"])
async def test_an_sftp_host_with_a_part_that_no_name_has_is_told_as_one_that_is_not_reached(host: str) -> None:
    place = BanFilePlace(kind=BanFileKind.SFTP, host=host, user=USER, path="/ban.txt")
    with pytest.raises(Unreachable, match=host):
        await met(place, 5.0)
