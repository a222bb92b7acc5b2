"""Hosts that do something else than they say, or refuse in the middle: nothing of others is lost by it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.applier import apply, apply_at
from banstream_ftp_sync.applying.leftovers import Healing, Temporary, backup_path, healing, short_digest, temporary_path
from banstream_ftp_sync.applying.plan import Target, planned
from banstream_ftp_sync.applying.receipts import Outcome, Policy, Receipt
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_remote_files.errors import WriteRefused
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.local import local_files
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.testing.ftp_server import FtpServer
from banstream_remote_files.testing.kinds import Kind, ftp_place, running
from banstream_remote_files.testing.wrapping import Watched

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

ARK, NAME = FORMATS["ark-evolved"], "bans.txt"
OLD = b"76561197960265001\n76561197960265002\n"
PLAYER = Player(service="steam", id="76561197960266000")
TARGET = Target(ARK, [WantedEntry("0" * 24, "x", datetime(2026, 2, 7, tzinfo=UTC), PLAYER)])
NEW = ARK.render(ARK.parse(OLD), TARGET.wanted).content


class _Spoiling(Watched):
    """Stores something else than it got in the place of the file, once, and says that all is well."""

    def __init__(self, files: RemoteFiles, spoil: Callable[[], object]) -> None:
        super().__init__(files, lambda *_: None)
        self._spoil = spoil
        self._is_done = False

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        await super().replace(source, target)
        if not self._is_done and target == NAME:
            self._is_done = True
            self._spoil()


class _Choosy(Watched):
    """Renames nothing to the name of the file."""

    async def replace(self, source: str, target: str) -> None:
        """See the port."""
        if target == NAME and source != f"{NAME}.banstream-backup":
            raise WriteRefused(self.host, source, "refused by the test")
        await super().replace(source, target)


def names(root: Path) -> list[str]:
    return sorted(each.name for each in root.iterdir())


async def applied(files: RemoteFiles, target: Target = TARGET) -> Receipt:
    return await apply(files, NAME, target)


@pytest.mark.parametrize("spoilt", [b"", NEW[:-1], OLD[18:] + NEW[len(OLD) :]], ids=["empty", "cut", "a-line-less"])
async def test_a_file_that_the_server_damages_is_put_back(server_root: Path, spoilt: bytes) -> None:
    file = server_root / NAME
    file.write_bytes(OLD)
    async with local_files(server_root) as files:
        receipt = await applied(_Spoiling(files, lambda: file.write_bytes(spoilt)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.FAILED, OLD)
    assert receipt.reason == "the server damaged the file; the old one was put back"
    assert names(server_root) == [NAME]


@pytest.mark.parametrize("renames_onto_files", [True, False], ids=["renames-onto-files", "renames"])
async def test_a_game_that_is_about_to_write_the_file_anew_keeps_its_line(
    plain_ftp: FtpServer, *, renames_onto_files: bool
) -> None:
    """What it has cut short to write it anew looks damaged for a moment."""
    plain_ftp.faults.renames_onto_files = renames_onto_files
    file, of_the_game = plain_ftp.root / NAME, NEW + b"76561197960265003\n"
    file.write_bytes(OLD)

    def write(_: int, request: str, path: str) -> None:
        if request == "write" and path != NAME and file.read_bytes() == b"":
            file.write_bytes(of_the_game)

    async with ftp_files(ftp_place(plain_ftp)) as files:
        spoiling = _Spoiling(files, lambda: file.write_bytes(b""))
        receipt = await applied(Watched(spoiling, write))
        assert (receipt.outcome, file.read_bytes()) == (Outcome.FAILED, of_the_game), receipt.reason
        again = await applied(files, Target(ARK, TARGET.wanted, receipt.remembered))
    assert (again.outcome, file.read_bytes()) == (Outcome.UNCHANGED, of_the_game), again.reason
    assert set(names(plain_ftp.root)) <= {NAME, backup_path(NAME)}


async def test_a_new_file_that_the_server_damages_is_taken_away(server_root: Path) -> None:
    file = server_root / NAME
    async with local_files(server_root) as files:
        spoiling = _Spoiling(files, lambda: file.write_bytes(b""))
        receipt = await applied(spoiling, Target(ARK, TARGET.wanted, policy=Policy(may_create=True)))
    assert (receipt.outcome, names(server_root)) == (Outcome.FAILED, [])


async def test_a_server_that_keeps_the_old_file_is_told_and_gets_no_other_write(server_root: Path) -> None:
    file = server_root / NAME
    file.write_bytes(OLD)
    writes: list[str] = []

    def note(_: int, request: str, path: str) -> None:
        writes.extend([path] if request == "write" else [])

    async with local_files(server_root) as files:
        receipt = await applied(Watched(_Spoiling(files, lambda: file.write_bytes(OLD)), note))
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "the server kept the old file")
    assert (file.read_bytes(), len(writes)) == (OLD, 1)


async def test_a_new_file_that_may_not_take_the_name_gives_it_back_to_the_old_one_at_once(server_root: Path) -> None:
    file = server_root / NAME
    file.write_bytes(OLD)
    async with local_files(server_root) as files:
        receipt = await applied(_Choosy(files, lambda *_: None))
        assert (receipt.outcome, file.read_bytes()) == (Outcome.FAILED, OLD)
        healed = await applied(files)
    assert (healed.outcome, file.read_bytes()) == (Outcome.APPLIED, NEW)
    assert names(server_root) == [NAME]


async def test_an_old_file_comes_back_also_where_the_server_renames_no_more(plain_ftp: FtpServer) -> None:
    file = plain_ftp.root / NAME
    (plain_ftp.root / temporary_path(NAME, OLD, NEW)).write_bytes(NEW)
    (plain_ftp.root / backup_path(NAME)).write_bytes(OLD)
    plain_ftp.faults.renames_at_all = False
    receipt = await apply_at(lambda: ftp_files(ftp_place(plain_ftp)), NAME, TARGET)
    assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, NEW), receipt.reason


async def test_no_file_is_made_of_a_torn_one(server_root: Path) -> None:
    """It holds less than its name says: what it would have held is not known any more."""
    (server_root / temporary_path(NAME, OLD, NEW)).write_bytes(NEW[:20])
    async with local_files(server_root) as files:
        receipt = await applied(files)
    assert (receipt.outcome, (server_root / NAME).exists()) == (Outcome.REFUSED, False)


def test_a_write_that_came_to_its_end_needs_no_healing() -> None:
    replaced = Temporary("t", short_digest(OLD), short_digest(NEW))
    made = Temporary("t", short_digest(None), short_digest(NEW))
    assert healing(replaced, NEW, OLD, NEW) is Healing.NONE
    assert healing(made, NEW, None, NEW) is Healing.NONE
    assert healing(replaced, NEW[:-1], OLD, NEW) is Healing.WRITE_BACK
    assert healing(made, NEW[:-1], None, NEW) is Healing.REMOVE


async def test_a_folder_in_the_place_of_the_file_is_no_missing_file(server_kind: Kind) -> None:
    (server_kind.root / NAME).mkdir()
    target = Target(ARK, TARGET.wanted, policy=Policy(may_create=True))
    receipt = await apply_at(server_kind.connect, NAME, target)
    assert receipt.outcome is Outcome.FAILED, receipt.reason
    assert names(server_kind.root) == [NAME]


@pytest.mark.parametrize("name", ["local", "sftp", "ftp"])
async def test_a_list_whose_name_is_written_in_other_letters_is_not_made_beside_it(
    name: str, server_root: Path
) -> None:
    """To a server on Windows it is the same file, whatever it says of it while the game has it open."""
    (server_root / NAME.upper()).write_bytes(OLD)
    async with running(name, server_root, server_root) as kind:
        target = Target(ARK, TARGET.wanted, policy=Policy(may_create=True))
        receipt = await apply_at(kind.connect, NAME, target)
    assert receipt.outcome in {Outcome.FAILED, Outcome.REFUSED}
    assert (names(server_root), (server_root / NAME.upper()).read_bytes()) == ([NAME.upper()], OLD)


@pytest.mark.parametrize("renames_onto_files", [True, False], ids=["renames-onto-files", "renames"])
async def test_a_list_that_several_servers_share_by_links_stays_shared(
    server_kind: Kind, *, renames_onto_files: bool
) -> None:
    if server_kind.name.startswith("ftp"):
        pytest.skip("FTP knows no links")
    if server_kind.server:
        server_kind.server.faults.renames_onto_files = renames_onto_files
    link, shared = server_kind.root / NAME, server_kind.root / "of everybody" / "shared.txt"
    shared.parent.mkdir()
    shared.write_bytes(OLD)
    link.symlink_to("of everybody/shared.txt")
    first = await apply_at(server_kind.connect, NAME, TARGET)
    assert (first.outcome, link.is_symlink(), shared.read_bytes()) == (Outcome.APPLIED, True, NEW), first.reason
    last = await apply_at(server_kind.connect, NAME, Target(ARK, [], first.remembered))
    assert (last.outcome, link.is_symlink(), shared.read_bytes()) == (Outcome.APPLIED, True, OLD), last.reason


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + OLD, OLD.replace(b"\n", b"\r\n"), b"\x00\n" + OLD, "ação\n".encode("latin-1") + OLD],
    ids=["byte-order-mark", "crlf", "nul", "latin-1"],
)
async def test_what_people_leave_in_a_file_travels_unchanged(server_kind: Kind, content: bytes) -> None:
    file = server_kind.root / NAME
    file.write_bytes(content)
    first = await apply_at(server_kind.connect, NAME, TARGET)
    assert (first.outcome, file.read_bytes()[: len(content)]) == (Outcome.APPLIED, content), first.reason
    assert PLAYER.id.encode() in file.read_bytes()[len(content) :]
    last = await apply_at(server_kind.connect, NAME, Target(ARK, [], first.remembered))
    assert (last.outcome, file.read_bytes()) == (Outcome.APPLIED, content), last.reason


def test_two_hundred_thousand_lines_are_planned() -> None:
    lines = b"".join(b"%d\r\n" % number for number in range(76561197970000000, 76561197970200000))
    plan = planned(TARGET, lines)
    assert not isinstance(plan, str)
    assert plan.content == lines + PLAYER.id.encode() + b"\r\n"
