"""A server that damages a list, and breaks off or damages it again while the old one is put back."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.applier import apply, apply_at
from banstream_ftp_sync.applying.leftovers import SPENT, backup_path, note_of, note_path, temporary_path
from banstream_ftp_sync.applying.plan import Target, planned
from banstream_ftp_sync.applying.receipts import Outcome, Remembered
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.testing.ftp_server import FtpServer
from banstream_remote_files.testing.kinds import ftp_place
from banstream_remote_files.testing.wrapping import Cut, Cutting, Watched

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

ARK, NAME = FORMATS["ark-evolved"], "bans.txt"
OLD = b"76561197960265001\n76561197960265002\n"
MANY = b"".join(b"%d\n" % (76561197960265000 + number) for number in range(10))
PLAYER = Player(service="steam", id="76561197960266000")
TARGET = Target(ARK, [WantedEntry("0" * 24, "x", datetime(2026, 2, 7, tzinfo=UTC), PLAYER)])
MOST_STEPS = 40

in_each_way = pytest.mark.parametrize("way", ["onto-files", "aside", "not-at-all"])
"""How the server renames."""


class _Spoiling(Watched):
    """Stores something else in the place of the file once it is written and read back, the first time or always."""

    def __init__(self, files: RemoteFiles, file: Path, spoilt: bytes, *, always: bool = False) -> None:
        super().__init__(files, lambda *_: None)
        self._file = file
        self._spoilt = spoilt
        self._always = always
        self._is_done = False
        self._looks: int | None = None

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        await super().replace(source, target)
        self._looks = 0 if target == NAME else self._looks

    async def write(self, path: str, content: bytes) -> None:
        """See the port."""
        await super().write(path, content)
        self._looks = 1 if path == NAME else self._looks

    async def read(self, path: str) -> bytes:
        """See the port."""
        if path == NAME and self._looks is not None:
            self._looks -= 1
            if self._looks < 0:
                self._looks = None
                self._spoil()
        return await super().read(path)

    def _spoil(self) -> None:
        if self._always or not self._is_done:
            self._is_done = True
            self._file.write_bytes(self._spoilt)


def renaming(server: FtpServer, way: str) -> Callable[[], AbstractAsyncContextManager[RemoteFiles]]:
    server.faults.renames_onto_files = way == "onto-files"
    server.faults.renames_at_all = way != "not-at-all"
    return lambda: ftp_files(ftp_place(server))


def spoiling(
    connect: Callable[[], AbstractAsyncContextManager[RemoteFiles]], file: Path, spoilt: bytes
) -> Callable[[], AbstractAsyncContextManager[RemoteFiles]]:
    @asynccontextmanager
    async def connected() -> AsyncIterator[RemoteFiles]:
        async with connect() as files:
            yield _Spoiling(files, file, spoilt, always=True)

    return connected


def intended() -> Remembered:
    plan = planned(TARGET, OLD)
    assert not isinstance(plan, str)
    return plan.intended


@in_each_way
@pytest.mark.parametrize("spoilt", [b"", OLD[18:]], ids=["empty", "a-line-less"])
async def test_an_old_list_that_was_on_its_way_back_comes_back_with_the_next_attempt(
    plain_ftp: FtpServer, way: str, spoilt: bytes
) -> None:
    connect, file, cuts = renaming(plain_ftp, way), plain_ftp.root / NAME, 0
    copy = plain_ftp.root / temporary_path(NAME, spoilt, OLD)
    for step in range(1, MOST_STEPS):
        for each in plain_ftp.root.iterdir():
            each.unlink()
        file.write_bytes(OLD)
        async with connect() as files:
            cutting = Cutting(_Spoiling(files, file, spoilt), step, Cut.AFTER)
            cut = await apply(cutting, NAME, TARGET)
        if copy.exists() and copy.read_bytes() == OLD:
            cuts += 1
            healed = await apply_at(connect, NAME, Target(ARK, TARGET.wanted, cut.remembered))
            assert healed.outcome is Outcome.APPLIED, healed.reason
            assert file.read_bytes() == OLD + PLAYER.id.encode() + b"\n", f"cut after step {step}"
            assert {each.name for each in plain_ftp.root.iterdir()} <= {NAME, backup_path(NAME)}
        if not cutting.is_cut:
            break
    assert cuts > 1


@in_each_way
async def test_a_server_that_damages_the_old_list_too_leaves_it_in_the_backup(plain_ftp: FtpServer, way: str) -> None:
    connect, file, backup = renaming(plain_ftp, way), plain_ftp.root / NAME, plain_ftp.root / backup_path(NAME)
    file.write_bytes(MANY)
    receipt = await apply_at(spoiling(connect, file, b""), NAME, TARGET)
    assert (receipt.outcome, file.read_bytes(), backup.read_bytes()) == (Outcome.FAILED, b"", MANY), receipt.reason
    refused = await apply_at(connect, NAME, Target(ARK, TARGET.wanted, receipt.remembered))
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, "the file has 0 lines of others where it had 10")
    assert backup.read_bytes() == MANY


async def test_a_server_that_writes_in_place_and_damages_all_does_not_stop_what_comes_later(
    plain_ftp: FtpServer,
) -> None:
    connect, file = renaming(plain_ftp, "not-at-all"), plain_ftp.root / NAME
    plain_ftp.faults.refused_commands.add("DELE")
    file.write_bytes(OLD)
    first = await apply_at(connect, NAME, TARGET)
    assert first.outcome is Outcome.APPLIED, first.reason
    second = await apply_at(spoiling(connect, file, b""), NAME, Target(ARK, [], first.remembered))
    assert second.outcome is Outcome.FAILED
    third = await apply_at(connect, NAME, Target(ARK, TARGET.wanted, second.remembered))
    assert third.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}, third.reason
    assert PLAYER.id.encode() in file.read_bytes()


async def test_where_nothing_is_renamed_or_deleted_it_comes_back_by_the_note(plain_ftp: FtpServer) -> None:
    connect, file, note = renaming(plain_ftp, "not-at-all"), plain_ftp.root / NAME, plain_ftp.root / note_path(NAME)
    plain_ftp.faults.replies["DELE"] = "550 Not allowed"
    file.write_bytes(b"")
    note.write_bytes(note_of(b"", OLD))
    receipt = await apply_at(connect, NAME, Target(ARK, TARGET.wanted, intended()))
    assert (receipt.outcome, note.read_bytes()) == (Outcome.APPLIED, SPENT), receipt.reason
    assert file.read_bytes() == OLD + PLAYER.id.encode() + b"\n"


@pytest.mark.parametrize("of_the_game", [OLD + b"76561197960265003\n", b"76561197960265003\n"], ids=["more", "other"])
async def test_what_a_game_has_written_since_is_not_put_back(plain_ftp: FtpServer, of_the_game: bytes) -> None:
    connect, file = renaming(plain_ftp, "onto-files"), plain_ftp.root / NAME
    (plain_ftp.root / temporary_path(NAME, b"", OLD)).write_bytes(OLD)
    file.write_bytes(of_the_game)
    receipt = await apply_at(connect, NAME, Target(ARK, TARGET.wanted, intended()))
    assert receipt.outcome is Outcome.APPLIED, receipt.reason
    assert file.read_bytes() == of_the_game + PLAYER.id.encode() + b"\n"
    assert [each.name for each in plain_ftp.root.iterdir()] == [NAME]
