"""A file that the running service cannot bring up to date: told once it has failed for a while, and when it is over."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from banstream_contracts import subjects
from banstream_contracts.commands import ban_files as commands
from banstream_remote_files.testing.ftp_server import PASSWORD, ftp_server
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, banned, ftp_place, line
from banstream_testing.ftp_sync import new_ban_file, sealed_secret
from banstream_testing.waiting import eventually

WHILE_SECONDS = 1.0
LOOKS: dict[str, Any] = {"ftp_sync_check_seconds": 0.2, "ftp_sync_bans_seconds": 60.0}
"""Often, and never before the bans are there: nothing else fails than what a test is about."""


def telling(world: World, kind: str) -> Callable[[], Awaitable[list[Any]]]:
    """What is told of one kind, to be waited for: all of it, also what is still on its way to this test."""

    async def told() -> list[Any]:
        subject = subjects.event(f"ban_file.{kind}", "*")
        found = await world.to.client.jetstream().subscribe(subject, ordered_consumer=True)
        info = await found.consumer_info()
        delivered = info.delivered.consumer_seq if info.delivered else 0
        bodies = [orjson.loads((await found.next_msg(30)).data) for _ in range((info.num_pending or 0) + delivered)]
        await found.unsubscribe()
        return bodies

    return told


async def until_tried(world: World, ban_file_id: str, times: int) -> None:
    """Until so many attempts have ended: what those before the last one had to tell is on its way to the log."""
    tried: set[str] = set()

    async def often() -> bool:
        tried.add((await world.progress(ban_file_id))["tried_at"])
        return len(tried) > times

    await eventually(often)


async def until_decided(world: World, ban_file_id: str) -> None:
    """Until all that was asked for before is decided and told: the same holds of a look that is asked for now."""
    looks = telling(world, "sync_requested")
    before = len(await looks())
    await world.to.send(commands.SyncBanFile(**asked(ban_file_id=ban_file_id)))

    async def is_told() -> bool:
        return len(await looks()) > before

    await eventually(is_told)


async def test_a_wrong_password_is_told_once_after_a_while_and_so_is_its_end(world: World) -> None:
    failed, recovered = telling(world, "failed"), telling(world, "recovered")
    await banned(world.to, 1)
    with ftp_server(world.folder) as server:
        made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password="wrong"))
        async with world.ftp_sync(ftp_sync_failing_seconds=3600, **LOOKS):
            await world.to.send(made)
            await world.until_failed(made.ban_file_id, "password")
            await until_tried(world, made.ban_file_id, 2)
            await until_decided(world, made.ban_file_id)
            assert await failed() == []
        async with world.ftp_sync(ftp_sync_failing_seconds=WHILE_SECONDS, **LOOKS):
            (event,) = await eventually(failed)
            failing_since = (await world.progress(made.ban_file_id))["failing_since"]
        assert (event["name"], event["since"]) == (made.name, failing_since)
        assert event["reason"] == "The server did not take name and password or key"
        async with world.ftp_sync(ftp_sync_failing_seconds=WHILE_SECONDS, **LOOKS):
            await until_tried(world, made.ban_file_id, 2)
            mended = sealed_secret(password=PASSWORD)
            await world.to.send(commands.ChangeBanFile(**asked(ban_file_id=made.ban_file_id, sealed_secret=mended)))
            await world.until_lines(line(1))
            assert [each["since"] for each in await eventually(recovered)] == [failing_since]
            await until_tried(world, made.ban_file_id, 2)
            await until_decided(world, made.ban_file_id)
            assert (len(await failed()), len(await recovered())) == (1, 1)


async def test_a_server_that_is_away_for_less_than_the_while_is_nobodys_business(world: World) -> None:
    with ftp_server(world.folder) as server:
        made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password=PASSWORD))
        async with world.ftp_sync(ftp_sync_failing_seconds=3600, **LOOKS):
            await world.to.send(made)
            for _ in range(2):
                await world.until_outcome(made.ban_file_id, "applied", "unchanged")
                server.faults.cut_at_command = "USER"
                await world.until_failed(made.ban_file_id, "")
                server.faults.cut_at_command = None
            await world.until_outcome(made.ban_file_id, "applied", "unchanged")
            await until_tried(world, made.ban_file_id, 2)
            await until_decided(world, made.ban_file_id)
            assert await telling(world, "failed")() == await telling(world, "recovered")() == []


async def test_a_refusal_is_told_once_though_the_server_is_away_meanwhile_and_so_is_its_end(world: World) -> None:
    world.file.write_bytes(b"".join(b"somebody %d\n" % number for number in range(10)))
    with ftp_server(world.folder) as server:
        made = new_ban_file(ftp_place(server), sealed_secret=sealed_secret(password=PASSWORD))
        async with world.ftp_sync(ftp_sync_failing_seconds=0, **LOOKS):
            await world.to.send(made)
            await world.until_outcome(made.ban_file_id, "unchanged")
            world.file.unlink()
            world.file.touch()
            reason = "the file has 0 lines of others where it had 10"
            ours: list[Any] = []

            async def is_refused() -> list[Any]:
                events = await telling(world, "refused")()
                ours[:] = [each for each in events if each["reason"] == reason]
                return ours

            await eventually(is_refused)
            server.faults.cut_at_command = "USER"
            await world.until_outcome(made.ban_file_id, "failed")
            server.faults.cut_at_command = None
            await world.until_outcome(made.ban_file_id, "refused")
            await until_tried(world, made.ban_file_id, 2)
            await until_decided(world, made.ban_file_id)
            assert len(await is_refused()) == 1
            await world.to.send(commands.SyncBanFile(**asked(ban_file_id=made.ban_file_id, accepts_loss=True)))
            (event,) = await eventually(telling(world, "recovered"))
            assert event["since"] == ours[0]["occurred_at"]
            assert await telling(world, "failed")() == []


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"quota_bytes": 0}, "The disk or the quota is full"),
        (
            {"replies": {"USER": "530 user at 127.0.0.1 is locked out"}},
            "The server did not take name and password or key",
        ),
        (
            {"cut_at_command": "USER"},
            "The connection broke or fell silent; whether the last request took effect is not known",
        ),
    ],
    ids=["full", "login", "away"],
)
async def test_what_is_told_of_a_failure_says_nothing_of_where_the_file_is(
    world: World, faults: dict[str, Any], reason: str
) -> None:
    with ftp_server(world.folder) as server:
        for name, value in faults.items():
            setattr(server.faults, name, value)
        made = new_ban_file(ftp_place(server, "secret.txt"), sealed_secret=sealed_secret(password=PASSWORD))
        await banned(world.to, 1)
        async with world.ftp_sync():
            await world.to.send(made)
            await world.until_failed(made.ban_file_id, "127.0.0.1")
        async with world.ftp_sync(ftp_sync_failing_seconds=0, **LOOKS):
            (event,) = await eventually(telling(world, "failed"))
        assert event["reason"] == reason
