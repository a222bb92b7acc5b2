"""Connections cut at every step: the file is the old or the new one, and the next attempt heals the rest."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.applier import apply, apply_at
from banstream_ftp_sync.applying.plan import Target
from banstream_ftp_sync.applying.receipts import Outcome, Policy, Remembered
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_remote_files.errors import CutOff, NotThere, WriteRefused
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import Tls
from banstream_remote_files.local import local_files
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.sftp import sftp_files
from banstream_remote_files.testing.ftp_server import ftp_server
from banstream_remote_files.testing.kinds import ftp_place, sftp_place
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_remote_files.testing.wrapping import Cut, Cutting, Watched

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

Connect = Callable[[], AbstractAsyncContextManager[RemoteFiles]]

STEAM = FORMATS["ark-evolved"]
ISSUED = datetime(2026, 2, 7, tzinfo=UTC)
OLD = b"76561197960265001\r\n76561197960265002\r\n" * 4
LEAST_STEPS = 9
LARGE = 4_000
"""Times OLD: about ten blocks of a transfer."""
BACKUP = "bans.txt.banstream-backup"


def bans(count: int) -> list[WantedEntry]:
    return [
        WantedEntry(f"{n:024x}", "x", ISSUED, Player(service="steam", id=str(76561197960266000 + n)))
        for n in range(count)
    ]


def new(count: int, before: bytes = OLD) -> bytes:
    return STEAM.render(STEAM.parse(before), bans(count)).content


def names(root: Path) -> list[str]:
    return sorted(found.name for found in root.iterdir())


def contents(root: Path) -> list[bytes]:
    return sorted(found.read_bytes() for found in root.iterdir())


def emptied(root: Path) -> None:
    for leftover in root.iterdir():
        leftover.unlink()


async def connecting(stack: AsyncExitStack, name: str, root: Path) -> Connect:
    if name == "local":
        return lambda: local_files(root)
    if name.startswith("sftp"):
        sftp = await stack.enter_async_context(sftp_server(root))
        sftp.faults.renames_onto_files = name == "sftp"
        return lambda: sftp_files(sftp_place(sftp))
    ftp = stack.enter_context(ftp_server(root))
    ftp.faults.renames_onto_files = name == "ftp"
    ftp.faults.renames_at_all = name != "ftp-without-rename"
    return lambda: ftp_files(ftp_place(ftp))


SERVERS = ["local", "ftp", "ftp-without-replace", "ftp-without-rename", "sftp", "sftp-without-replace"]


@pytest.mark.parametrize("how", list(Cut))
@pytest.mark.parametrize("name", SERVERS)
async def test_a_cut_at_any_step_leaves_the_old_or_the_new_file(name: str, how: Cut, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        root = tmp_path / "server"
        root.mkdir()
        connect = await connecting(stack, name, root)
        seen: list[str] = []
        while "whole" not in seen:
            seen.append(await _cut_once(connect, root, name, len(seen) + 1, how))
    assert {"old", "new"} <= set(seen)
    assert len(seen) > LEAST_STEPS


async def _cut_once(connect: Connect, root: Path, name: str, at: int, how: Cut) -> str:
    """Apply, cut at one step, look, apply again; what the file was after the cut, or `whole` when no step was left."""
    emptied(root)
    file = root / "bans.txt"
    file.write_bytes(OLD)
    kept: list[Remembered] = []

    async def keep(remembered: Remembered) -> None:
        kept.append(remembered)

    async with connect() as files:
        cutting = Cutting(files, at, how)
        receipt = await apply(cutting, "bans.txt", Target(STEAM, bans(2)), keep)
    if not cutting.is_cut:
        assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, new(2)), receipt.reason
        return "whole"
    assert receipt.outcome is Outcome.FAILED
    left = _seen(root, name)
    # the process may have died with the connection: then only what was kept before the write is known
    remembered = receipt.remembered if at % 2 else (kept[-1] if kept else None)
    healed = await apply_at(connect, "bans.txt", Target(STEAM, bans(3), remembered))
    assert healed.outcome is Outcome.APPLIED, healed.reason
    assert file.read_bytes() == new(3)
    assert set(names(root)) <= {"bans.txt", BACKUP}
    lifted = await apply_at(connect, "bans.txt", Target(STEAM, [], healed.remembered))
    assert (lifted.outcome, file.read_bytes()) == (Outcome.APPLIED, OLD)
    return left


def _seen(root: Path, name: str) -> str:
    """What the file is; where the server offers no safe way, an old file that is away or torn is in the backup."""
    file, backup = root / "bans.txt", root / BACKUP
    content = file.read_bytes() if file.exists() else None
    if content == OLD:
        return "old"
    if content == new(2):
        return "new"
    assert backup.read_bytes() == OLD
    if content is None:
        assert name.endswith("-without-replace")
        return "away"
    assert name.endswith("-without-rename")
    assert new(2).startswith(content)
    return "torn"


@pytest.mark.parametrize("how", list(Cut))
@pytest.mark.parametrize("name", ["local", "ftp", "ftp-without-rename"])
async def test_a_cut_while_a_file_is_created_is_healed(name: str, how: Cut, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        root = tmp_path / "server"
        root.mkdir()
        connect = await connecting(stack, name, root)
        for at in range(1, 16):
            emptied(root)
            target = Target(STEAM, bans(2), policy=Policy(may_create=True))
            async with connect() as files:
                cut = await apply(Cutting(files, at, how), "bans.txt", target)
            healed = await apply_at(connect, "bans.txt", Target(STEAM, bans(3), cut.remembered, target.policy))
            assert healed.outcome is Outcome.APPLIED, healed.reason
            assert (root / "bans.txt").read_bytes() == new(3, b"")
            assert set(names(root)) <= {"bans.txt", BACKUP}
            assert name == "ftp-without-rename" or BACKUP not in names(root)


@pytest.mark.parametrize("is_obeyed", [False, True])
@pytest.mark.parametrize("command", ["MLSD", "SIZE", "RETR", "STOR", "EPSV", "TYPE", "RNFR", "RNTO"])
async def test_a_server_that_drops_the_connection_at_a_command(
    server_root: Path, command: str, *, is_obeyed: bool
) -> None:
    file = server_root / "bans.txt"
    file.write_bytes(OLD)
    with ftp_server(server_root) as server:
        if is_obeyed:
            server.faults.cut_after_command = command
        else:
            server.faults.cut_at_command = command
        first = await apply_at(lambda: ftp_files(ftp_place(server)), "bans.txt", Target(STEAM, bans(2)))
        assert first.outcome is Outcome.FAILED
        assert file.read_bytes() == (new(2) if (command, is_obeyed) == ("RNTO", True) else OLD)
        server.faults.cut_after_command = server.faults.cut_at_command = None
        second = Target(STEAM, bans(2), first.remembered)
        healed = await apply_at(lambda: ftp_files(ftp_place(server)), "bans.txt", second)
    assert healed.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}
    assert file.read_bytes() == new(2)
    assert names(server_root) == ["bans.txt"]


@pytest.mark.parametrize("after", [0, 1, 100_000, 400_000])
@pytest.mark.parametrize("is_secure", [False, True])
async def test_a_transfer_that_is_cut_in_the_middle(
    server_root: Path, server_certificate: Path, after: int, *, is_secure: bool
) -> None:
    file, large = server_root / "bans.txt", OLD * LARGE
    file.write_bytes(large)
    certificate = server_certificate if is_secure else None
    with ftp_server(server_root, certificate=certificate) as server:
        place = ftp_place(server, Tls.EXPLICIT if is_secure else Tls.NONE, certificate)
        for fault in ("cut_stored_after", "cut_sent_after"):
            setattr(server.faults, fault, after)
            receipt = await apply_at(lambda: ftp_files(place), "bans.txt", Target(STEAM, bans(2)))
            assert (receipt.outcome, file.read_bytes() == large) == (Outcome.FAILED, True)
            setattr(server.faults, fault, None)
        healed = await apply_at(lambda: ftp_files(place), "bans.txt", Target(STEAM, bans(2)))
    assert healed.outcome is Outcome.APPLIED, healed.reason
    assert file.read_bytes() == new(2, large)
    assert names(server_root) == ["bans.txt"]


class _InTwoSteps(Watched):
    """A server that renames onto a file by taking that away first, and whose connection breaks in between."""

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        await self.files.delete(target)
        raise CutOff(self.host, source, "cut by the test between the two steps")


@pytest.mark.parametrize("is_kept_only", [False, True])
@pytest.mark.parametrize("name", ["local", "ftp", "sftp"])
async def test_a_file_that_a_rename_has_taken_away_comes_back(name: str, tmp_path: Path, *, is_kept_only: bool) -> None:
    async with AsyncExitStack() as stack:
        root = tmp_path / "server"
        root.mkdir()
        file = root / "bans.txt"
        file.write_bytes(OLD)
        connect = await connecting(stack, name, root)
        kept: list[Remembered] = []

        async def keep(remembered: Remembered) -> None:
            kept.append(remembered)

        async with connect() as files:
            cut = await apply(_InTwoSteps(files, lambda *_: None), "bans.txt", Target(STEAM, bans(2)), keep)
        assert (cut.outcome, file.exists()) == (Outcome.FAILED, False)
        remembered = kept[-1] if is_kept_only else cut.remembered
        healed = await apply_at(connect, "bans.txt", Target(STEAM, bans(3), remembered))
        assert (healed.outcome, file.read_bytes()) == (Outcome.APPLIED, new(3)), healed.reason
        assert names(root) == ["bans.txt"]
        lifted = await apply_at(connect, "bans.txt", Target(STEAM, [], healed.remembered))
        assert (lifted.outcome, file.read_bytes()) == (Outcome.APPLIED, OLD)


async def test_a_file_that_is_gone_while_the_backup_is_another_is_left_to_a_person(tmp_path: Path) -> None:
    """Somebody edited it in the second in which it was renamed away, and the connection broke then."""

    class _Breaking(Watched):
        async def replace(self, source: str, target: str) -> None:
            """See the port."""
            await super().replace(source, target)
            if target == BACKUP:
                raise CutOff(self.host, source, "cut by the test")

    file, edited = tmp_path / "bans.txt", OLD + b"by hand\r\n"

    def edit(_: int, request: str, path: str) -> None:
        if (request, path) == ("replace", "bans.txt"):
            file.write_bytes(edited)

    with ftp_server(tmp_path) as server:
        server.faults.renames_onto_files = False
        file.write_bytes(OLD)
        async with ftp_files(ftp_place(server)) as files:
            cut = await apply(_Breaking(files, edit), "bans.txt", Target(STEAM, bans(2)))
        target = Target(STEAM, bans(2), cut.remembered)
        for _ in range(2):
            refused = await apply_at(lambda: ftp_files(ftp_place(server)), "bans.txt", target)
            assert (refused.outcome, file.exists()) == (Outcome.REFUSED, False)
            assert contents(tmp_path) == sorted([edited, new(2)])
        (tmp_path / BACKUP).rename(file)
        healed = await apply_at(lambda: ftp_files(ftp_place(server)), "bans.txt", target)
    assert (healed.outcome, file.read_bytes()) == (Outcome.APPLIED, new(2, edited)), healed.reason
    assert set(names(tmp_path)) <= {"bans.txt", BACKUP}


async def test_a_rename_that_is_refused_and_has_taken_the_file_away_loses_nothing(tmp_path: Path) -> None:
    class _Losing(Watched):
        async def replace(self, source: str, target: str) -> None:
            """See the port."""
            with suppress(NotThere):
                await self.files.delete(target)
            raise WriteRefused(self.host, source, "refused by the test")

    file = tmp_path / "bans.txt"
    file.write_bytes(OLD)
    async with local_files(tmp_path) as files:
        receipt = await apply(_Losing(files, lambda *_: None), "bans.txt", Target(STEAM, bans(2)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, new(2)), receipt.reason
