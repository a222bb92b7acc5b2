"""Copies are as new as memory, of nothing but a whole bucket, and no disk stops a gateway."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import ADDRESS_KEY, Running, Start, made_anew, until
from services.gateway.tests.copies.conftest import Again, Away, answers, are_written, stopped
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.test_outages import CHECK, banned, is_banned, is_stale

from banstream_contracts import streams
from banstream_gateway.copies import keeping
from banstream_gateway.copies.blocks import key_of
from banstream_gateway.copies.files import examined, opened
from banstream_testing.disks import small_disk

COPIES = ["admins.copy", "credentials.copy", "networks.copy", "restrictions.copy"]
FILES = sorted(["lock", *COPIES])


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def says(gateway: Running, metric: str) -> bool:
    return f"banstream_{metric}\n".encode() in (await gateway.call("GET", "/metrics")).body


async def test_without_a_folder_nothing_is_kept(start: Start, infractions: Infractions, tmp_path: Path) -> None:
    await infractions.admit("all", "check")
    gateway = await start(copy_dir="")
    await until(gateway.is_ready)
    await gateway.stop()
    assert files(tmp_path) == []


async def test_nothing_that_is_not_whole_is_copied(
    again: Again, infractions: Infractions, client: Client, folder: Path
) -> None:
    """Neither what is being loaded, nor what came from a copy, nor what is behind."""
    await infractions.admit("all", "check")
    await infractions.restrict("roblox=1", banned())
    await stopped(await again())
    before = (folder / "restrictions.copy").read_bytes()
    await client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    await made_anew(client)
    gateway = await again()
    await until(lambda: answers(gateway))
    await infractions.put(streams.RESTRICTIONS_BUCKET, streams.FILLING_KEY, b"100")
    await infractions.restrict("roblox=2", banned())
    await until(lambda: is_banned(gateway, 2))
    await until(lambda: says(gateway, "copies_kept 3.0"))
    assert await is_stale(gateway)
    await gateway.stop()
    assert (folder / "restrictions.copy").read_bytes() == before


async def test_one_of_two_gateways_writes_and_the_other_takes_over(
    again: Again, infractions: Infractions, away: Away
) -> None:
    await infractions.admit("all", "check")
    first = await again()
    await until(lambda: are_written(first))
    second = await again(worker=1)
    await until(second.is_ready)
    assert await says(second, "copies_kept 0.0")
    await first.stop()
    await infractions.restrict("roblox=1", banned())
    await stopped(second)
    async with away():
        third = await again()
        await until(lambda: answers(third))
        assert await is_banned(third, 1)


async def test_a_copy_that_somebody_removes_is_written_again(
    again: Again, infractions: Infractions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await infractions.admit("all", "check")
    gateway = await again()
    await until(lambda: are_written(gateway))
    monkeypatch.setattr(keeping, "_SAY_SECONDS", 0)
    for each in COPIES:
        (folder / each).unlink()
    await until(lambda: files(folder) == FILES)


@pytest.fixture
def in_the_way(folder: Path) -> Iterator[Path]:
    """A file where the folder would be."""
    folder.write_text("")
    yield folder
    folder.unlink()


@pytest.mark.parametrize("worn", ["_WHOLE_SECONDS", "_LEAST_ADDED_BYTES"])
async def test_what_is_gone_from_memory_goes_from_the_copy_too(
    again: Again, infractions: Infractions, folder: Path, monkeypatch: pytest.MonkeyPatch, worn: str
) -> None:
    """When it is old, or more was added than was there."""
    await infractions.admit("all", "check")
    await infractions.restrict("roblox=1", banned(reason="erased"))
    gateway = await again()
    await until(lambda: are_written(gateway))
    copy = folder / "restrictions.copy"
    assert b"erased" in copy.read_bytes()
    await infractions.restrict("roblox=1")
    await until(lambda: b"\xa8roblox=1\xc0" in copy.read_bytes())
    assert b"erased" in copy.read_bytes()
    monkeypatch.setattr(keeping, worn, 0)
    await infractions.restrict("roblox=2", banned(reason="x" * 200))
    await until(lambda: b"erased" not in copy.read_bytes())


def of_when(folder: Path) -> float:
    """What a copy says of itself."""
    with opened(folder, streams.RESTRICTIONS_BUCKET) as file:
        return examined(file, streams.RESTRICTIONS_BUCKET, [key_of(ADDRESS_KEY)]).as_of


async def test_a_quiet_copy_says_that_it_still_holds(
    again: Again, infractions: Infractions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await infractions.admit("all", "check")
    gateway = await again()
    await until(lambda: are_written(gateway))
    before = of_when(folder)
    assert before <= time.time()
    monkeypatch.setattr(keeping, "_SAY_SECONDS", 0)
    await until(lambda: of_when(folder) > before)


async def test_the_end_says_what_was_held(
    again: Again, infractions: Infractions, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    await infractions.admit("all", "check")
    gateway = await again()
    await until(lambda: are_written(gateway))
    monkeypatch.setattr(keeping, "_LOOK_SECONDS", 3600)
    for player in (1, 2, 3):
        await infractions.restrict(f"roblox={player}", banned())
        await until(lambda: is_banned(gateway, player))  # noqa: B023 - awaited in this turn
    await gateway.stop()
    async with away():
        after = await again()
        await until(lambda: answers(after))
        assert await is_banned(after, 3)


@pytest.mark.usefixtures("in_the_way")
async def test_a_folder_that_cannot_be_made_stops_nobody(again: Again, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await again()
    await until(lambda: says(gateway, "copy_failing 1.0"))
    await until(gateway.is_ready)
    assert not await is_banned(gateway, 1)


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_RETRY_SECONDS", 0.05)


@pytest.mark.usefixtures("no_wait")
async def test_a_full_disk_stops_nobody_and_is_written_to_once_there_is_room(
    again: Again, infractions: Infractions, away: Away, tmp_path: Path
) -> None:
    await infractions.admit("all", "check")
    with small_disk(tmp_path / "disk", 1) as disk:
        if disk is None:
            pytest.skip("this machine does not let us mount a disk")
        folder = disk.folder / "copies"
        gateway = await again(copy_dir=folder)
        await until(lambda: are_written(gateway))
        disk.fill()
        for number in range(1, 41):
            await infractions.restrict(f"roblox={number}", banned(reason="x" * 200))
        await until(lambda: says(gateway, "copy_failing 1.0"))
        assert (await gateway.call("GET", CHECK.format(1))).status == 200
        await until(gateway.is_ready)
        assert files(folder) == FILES
        disk.free()
        await until(lambda: are_written(gateway))
        await until(lambda: says(gateway, "copy_failing 0.0"))
        await gateway.stop()
        async with away():
            after = await again(copy_dir=folder)
            await until(lambda: answers(after))
            assert [await is_banned(after, number) for number in (1, 40, 41)] == [True, True, False]
            await after.stop()
