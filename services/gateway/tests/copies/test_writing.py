"""What a copy says however its writer, its bucket or its disk fares meanwhile."""

import asyncio
import errno
import fcntl
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from services.gateway.tests.conftest import until
from services.gateway.tests.copies.test_restoring import BUCKET, KEY, reasons, restored, standing

from banstream_contracts import streams
from banstream_edge.bucket_watch import BucketWatch
from banstream_gateway.copies import files, keeping
from banstream_gateway.copies.files import CopyFile, Lock
from banstream_gateway.copies.keeping import Keeping
from banstream_gateway.copies.originals import Original
from banstream_gateway.held.restrictions import Restrictions


class Watch(BucketWatch):
    """In step for as long as the test says so, and heard at that moment last."""

    is_in_step = True

    def unheard_seconds(self) -> float:
        return 0.0 if self.is_in_step else 3600.0


class Writer:
    """A process that holds restrictions and keeps their copy."""

    def __init__(self, folder: Path) -> None:
        self.held = Restrictions()
        self.ban("first", 1)
        self.watch = Watch(BUCKET, self.held)
        self.keeping = Keeping(folder, KEY, [Original(self.watch, self.held)])
        self.running = asyncio.create_task(self.keeping.run())

    def ban(self, key: str, position: int) -> None:
        self.held.apply(key, standing(position, "held"))
        self.held.apply(streams.POSITION_KEY, str(position).encode())

    async def is_kept(self) -> bool:
        return self.keeping.kept == 1

    async def is_failing(self) -> bool:
        return self.keeping.is_failing

    async def stop(self) -> None:
        await self.keeping.finish(self.running)


@pytest.fixture
async def writer(folder: Path) -> AsyncIterator[Callable[[], Writer]]:
    writers: list[Writer] = []

    def start() -> Writer:
        writers.append(Writer(folder))
        return writers[-1]

    yield start
    for each in writers:
        await each.stop()


async def copied(folder: Path, key: str) -> bool:
    """Whether a start from the copy knows somebody as restricted."""
    held = Restrictions()
    await restored(folder, held)
    return reasons(held, key) == ["held"]


def emptied(folder: Path) -> list[str]:
    """What was in it."""
    names = sorted(each.name for each in folder.iterdir())
    for name in names:
        (folder / name).unlink()
    return names


async def test_what_was_heard_just_before_nats_went_away_is_written(writer: Callable[[], Writer], folder: Path) -> None:
    """The gateway goes on answering with it, maybe for hours: so does the next one."""
    process = writer()
    await until(process.is_kept)
    process.ban("last", 2)
    process.watch.is_in_step = False
    await until(lambda: copied(folder, "last"))
    held = Restrictions()
    assert (await restored(folder, held)).stale_seconds() >= 3600


async def test_a_stop_waits_for_what_is_being_written(
    writer: Callable[[], Writer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = writer()
    await until(process.is_kept)
    begun, may_go_on = threading.Event(), threading.Event()

    def slowly(self: CopyFile) -> None:
        begun.set()
        assert may_go_on.wait(60)
        settle(self)

    settle = CopyFile.settle
    monkeypatch.setattr(CopyFile, "settle", slowly)
    process.ban("second", 2)
    await asyncio.to_thread(begun.wait)
    process.ban("last", 3)
    stopping = asyncio.create_task(process.stop())
    await asyncio.sleep(0)
    may_go_on.set()
    await stopping
    assert await copied(folder, "last")


async def test_a_disk_that_hangs_is_told_of_and_holds_up_no_stop(
    writer: Callable[[], Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = writer()
    await until(process.is_kept)
    may_go_on = threading.Event()
    monkeypatch.setattr(CopyFile, "settle", lambda _: may_go_on.wait(60))
    monkeypatch.setattr(keeping, "_HANGS_SECONDS", 0)
    monkeypatch.setattr(keeping, "_STOP_SECONDS", 0.01)
    process.ban("second", 2)
    try:
        await until(process.is_failing)
        await process.stop()
        assert process.running.done()
    finally:
        may_go_on.set()


async def test_a_copy_that_cannot_be_written_anew_is_added_to(
    writer: Callable[[], Writer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where there is room for what changes, and none for a second one beside it."""
    process = writer()
    await until(process.is_kept)
    monkeypatch.setattr(files, "_ROOM", 1 << 60)
    monkeypatch.setattr(keeping, "_WHOLE_SECONDS", 0)
    monkeypatch.setattr(keeping, "_RETRY_SECONDS", 0)
    await until(process.is_failing)
    process.ban("last", 2)
    await until(lambda: copied(folder, "last"))
    assert process.keeping.is_failing


async def test_what_nobody_expected_is_told_of_and_not_tried_again_at_once(
    writer: Callable[[], Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[None] = []

    def copied(_held: Restrictions, _key: str) -> bytes:
        tries.append(None)
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(Restrictions, "copied", copied)
        process = writer()
        await until(process.is_failing)
    assert (len(tries), await process.is_kept()) == (1, False)


async def test_a_writer_whose_folder_was_emptied_leaves_it_to_whoever_took_its_lock(
    writer: Callable[[], Writer], folder: Path
) -> None:
    first = writer()
    await until(first.is_kept)
    assert emptied(folder) == ["lock", "restrictions.copy"]
    second = Lock(folder)
    assert second.take()

    async def gave_up() -> bool:
        return not await first.is_kept()

    await until(gave_up)
    assert emptied(folder) == ["lock"]
    second.release()
    await until(first.is_kept)


def test_whoever_gives_up_leaves_what_another_one_is_writing(tmp_path: Path) -> None:
    first = CopyFile(tmp_path, BUCKET, KEY)
    first.add([b""])
    first.put_in_place()
    second = CopyFile(tmp_path, BUCKET, KEY)
    first.close()
    try:
        second.add([b""])
        second.put_in_place()
        assert second.is_in_place()
    finally:
        second.close()


def test_a_file_system_without_locks_keeps_no_handle_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    lock = Lock(tmp_path)
    monkeypatch.setattr(fcntl, "flock", refuse)
    open_files = Path("/proc/self/fd")
    before = len([*open_files.iterdir()])
    for _ in range(3):
        with pytest.raises(OSError, match=os.strerror(errno.ENOLCK)):
            lock.take()
    assert len([*open_files.iterdir()]) == before
