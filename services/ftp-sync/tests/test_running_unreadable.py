"""A ban file that a later release has made, or that is damaged: it is left as it is; the others go on."""

import json

import pytest

from banstream_contracts import streams, subjects
from banstream_contracts.commands.ban_files import PauseBanFile
from banstream_contracts.queries import ban_files as queries
from banstream_ftp_sync.operations import SCHEMA
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, banned, line
from banstream_testing.event_logs import connected
from banstream_testing.ftp_sync import ask, local_place, new_ban_file

LATER = "jsonb_set(document, '{ban_file,format}', '\"stone_tablet\"')"
DAMAGED = "jsonb_build_array(document)"


async def write(world: World, ban_file_id: str, document: str) -> None:
    async with connected(world.admin_url, SCHEMA) as connection:
        await connection.execute(f"update ban_files set document = {document} where ban_file_id = $1", ban_file_id)


async def kept(world: World, ban_file_id: str) -> str:
    async with connected(world.admin_url, SCHEMA) as connection:
        found = await connection.fetchval("select document from ban_files where ban_file_id = $1", ban_file_id)
    return f"$${json.dumps(found)}$$::jsonb"


@pytest.mark.parametrize("document", [LATER, DAMAGED], ids=["later", "damaged"])
async def test_a_file_that_cannot_be_read_waits_and_the_others_are_written(
    world: World, capfd: pytest.CaptureFixture[str], document: str
) -> None:
    other = world.folder / "other.txt"
    async with world.ftp_sync(ftp_sync_check_seconds=0.3):
        unread, readable = new_ban_file(local_place(world.file)), new_ban_file(local_place(other))
        await world.to.send_all([unread, readable])
        await world.until_heard(unread.ban_file_id, readable.ban_file_id)
        await banned(world.to, 1)
        await world.until_lines(line(1))
        await world.until_lines(line(1), file=other)
        before = await kept(world, unread.ban_file_id)
        await write(world, unread.ban_file_id, document)
        third = new_ban_file(local_place(world.folder / "third.txt"))
        await world.to.send(third)
        await world.until_lines(line(1), file=world.folder / "third.txt")
    capfd.readouterr()
    async with world.ftp_sync(ftp_sync_check_seconds=0.3):
        await banned(world.to, 2)
        await world.until_lines(line(1), line(2), file=other)
        assert len(world.lines()) == 1, "what cannot be read is not written"
        page = await ask(world.to, subjects.QUERY_BAN_FILES, queries.ListBanFiles())
        assert [each["ban_file"]["id"] for each in page["items"]] == [readable.ban_file_id, third.ban_file_id]
        assert page["unreadable"] == [unread.ban_file_id]
        one = await ask(world.to, subjects.QUERY_BAN_FILE, queries.GetBanFile(ban_file_id=unread.ban_file_id))
        assert (one["ban_file"], one["progress"]["lines"]) == (None, 1)
        assert one["unreadable"]
        assert "cannot read the ban file" in (await world.test(unread.ban_file_id))["problem"]
        await world.to.client.jetstream().consumer_info(streams.EVENTS, f"ftp-sync-{unread.ban_file_id}")
        await write(world, unread.ban_file_id, before)
        await world.until_lines(line(1), line(2))
    out, err = capfd.readouterr()
    said = [each for each in (out + err).splitlines() if "document_unreadable" in each]
    assert len(said) == 1
    assert unread.ban_file_id in said[0]


async def test_how_a_file_stands_may_be_unreadable_too(world: World) -> None:
    other = world.folder / "other.txt"
    async with world.ftp_sync(ftp_sync_check_seconds=0.3):
        unread, readable = new_ban_file(local_place(world.file)), new_ban_file(local_place(other))
        await world.to.send_all([unread, readable])
        await world.until_outcome(unread.ban_file_id, "applied", "unchanged")
        await world.until_outcome(readable.ban_file_id, "applied", "unchanged")
    async with connected(world.admin_url, SCHEMA) as connection:
        await connection.execute("update states set outcome = 'engraved' where ban_file_id = $1", unread.ban_file_id)
    async with world.ftp_sync(ftp_sync_check_seconds=0.3):
        await banned(world.to, 1)
        await world.until_lines(line(1), file=other)


async def test_whoever_asks_for_such_a_file_is_told_so(world: World) -> None:
    async with world.ftp_sync():
        made = new_ban_file(local_place(world.file))
        await world.to.send(made)
        await world.until_outcome(made.ban_file_id, "applied", "unchanged")
        await world.to.send(PauseBanFile(**asked(ban_file_id=made.ban_file_id)))
        async with connected(world.admin_url, SCHEMA) as connection:
            await connection.execute("update states set outcome = 'engraved'")
        one = await ask(world.to, subjects.QUERY_BAN_FILE, queries.GetBanFile(ban_file_id=made.ban_file_id))
        assert (one["ban_file"], one["progress"]) == (None, None)
        assert one["unreadable"].startswith("outcome: ")
