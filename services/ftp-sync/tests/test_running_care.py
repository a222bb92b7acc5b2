"""What the running service leaves alone, tells, or asks a person about before it writes."""

from typing import Any

import orjson
import pytest

from banstream_contracts import subjects
from banstream_contracts.ban_files import BanFilePolicy
from banstream_contracts.commands import ban_files as commands
from banstream_contracts.commands.abuse import ProtectPlayer, UnprotectPlayer
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.queries import ban_files as queries
from banstream_ftp_sync.operations import rebuild
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import FOREIGN, World, banned, line
from banstream_testing.ftp_sync import ask, dayz, local_place, new_ban_file
from banstream_testing.waiting import eventually


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

        async def is_over() -> list[Any]:
            return await world.told("ban_file.recovered")

        assert len(await eventually(is_over)) == 1
        before = await ask(world.to, subjects.QUERY_BAN_FILES, queries.ListBanFiles())
        assert await rebuild(world.admin_url) >= 3
        after = await ask(world.to, subjects.QUERY_BAN_FILES, queries.ListBanFiles())
        assert [each["ban_file"] for each in after["items"]] == [each["ban_file"] for each in before["items"]]
