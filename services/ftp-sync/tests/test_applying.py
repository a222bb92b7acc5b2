"""The applier against real servers of every kind."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.applier import apply, apply_at
from banstream_ftp_sync.applying.plan import Target
from banstream_ftp_sync.applying.receipts import Outcome, Policy, Receipt, Remembered
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_remote_files.errors import NotThere
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.local import local_files
from banstream_remote_files.testing.ftp_server import READ_RIGHTS, USER, FtpServer, ftp_server
from banstream_remote_files.testing.kinds import Kind, ftp_place
from banstream_remote_files.testing.sftp_server import SftpServer
from banstream_remote_files.testing.wrapping import Short, Watched

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

DAYZ = FORMATS["dayz"]
ISSUED = datetime(2026, 2, 7, 19, 45, 23, tzinfo=UTC)
FOREIGN = b"// bans of \xc3\xa7 others\r\n0000 // by hand\r\n\r\nsomebody"
PATH = "my config/ban.txt"


class Denying(Watched):
    """Lists the file, and says that it is not there, as a server may of what another process has open."""

    async def read(self, path: str) -> bytes:
        if path == PATH:
            raise NotThere(self.host, path, "no such file")
        return await super().read(path)

    async def size(self, path: str) -> int:
        if path == PATH:
            raise NotThere(self.host, path, "no such file")
        return await super().size(path)


def bans(count: int, start: int = 0) -> list[WantedEntry]:
    return [
        WantedEntry(
            f"{number:024x}",
            "Spam de construção",
            ISSUED,
            Player(service="dayz", id=f"{number:040X}"),
            player_name=f"Jogador {number}",
            is_automatic=True,
        )
        for number in range(start, start + count)
    ]


def place_file(root: Path, content: bytes | None = FOREIGN) -> Path:
    file = root / "my config" / "ban.txt"
    file.parent.mkdir(exist_ok=True)
    if content is not None:
        file.write_bytes(content)
    return file


def expected(count: int, before: bytes = FOREIGN) -> bytes:
    return DAYZ.render(DAYZ.parse(before), bans(count)).content


async def test_a_ban_comes_and_goes_and_the_file_is_as_it_was(server_kind: Kind) -> None:
    file = place_file(server_kind.root)
    first = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(3)))
    assert (first.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(3))
    assert len(first.held) == 3
    again = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(3), first.remembered))
    assert again.outcome is Outcome.UNCHANGED
    last = await apply_at(server_kind.connect, PATH, Target(DAYZ, [], again.remembered))
    assert (last.outcome, file.read_bytes()) == (Outcome.APPLIED, FOREIGN)
    assert [found.name for found in file.parent.iterdir()] == ["ban.txt"]


async def test_a_hundred_thousand_lines_take_one_more(server_kind: Kind) -> None:
    lines = b"".join(b"%040X // by hand\r\n" % number for number in range(10**9, 10**9 + 100_000))
    file = place_file(server_kind.root, lines)
    receipt = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(500)))
    assert receipt.outcome is Outcome.APPLIED, receipt.reason
    assert file.read_bytes().startswith(lines)
    assert len(file.read_bytes().splitlines()) == 100_500


async def test_a_missing_file_is_created_only_where_that_is_allowed(server_kind: Kind) -> None:
    file = place_file(server_kind.root, None)
    refused = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(1)))
    assert (refused.outcome, file.exists()) == (Outcome.REFUSED, False)
    nothing = await apply_at(server_kind.connect, PATH, Target(DAYZ, [], policy=Policy(may_create=True)))
    assert (nothing.outcome, file.exists()) == (Outcome.UNCHANGED, False)
    created = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(1), policy=Policy(may_create=True)))
    assert (created.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(1, b""))


async def test_a_missing_folder_is_a_failure(server_kind: Kind) -> None:
    receipt = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(1), policy=Policy(may_create=True)))
    assert receipt.outcome is Outcome.FAILED
    assert PATH.split("/", maxsplit=1)[0] in receipt.reason


async def test_a_server_that_does_not_rename_onto_a_file_keeps_a_backup(server_kind: Kind) -> None:
    if server_kind.server is None:
        pytest.skip("a local folder always renames")
    server_kind.server.faults.renames_onto_files = False
    file = place_file(server_kind.root)
    for count in (1, 2):
        receipt = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(count)))
        assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(count)), receipt.reason
    assert sorted(found.name for found in file.parent.iterdir()) == ["ban.txt", "ban.txt.banstream-backup"]
    assert (file.parent / "ban.txt.banstream-backup").read_bytes() == expected(1)


async def test_a_server_that_renames_nothing_keeps_a_backup(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.renames_at_all = False
    file = place_file(plain_ftp.root)
    receipt = await over_ftp(plain_ftp, bans(1))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(1)), receipt.reason
    assert sorted(found.name for found in file.parent.iterdir()) == ["ban.txt", "ban.txt.banstream-backup"]
    assert (file.parent / "ban.txt.banstream-backup").read_bytes() == FOREIGN


async def test_a_full_disk_leaves_the_file(server_kind: Kind) -> None:
    file = place_file(server_kind.root)
    if isinstance(server_kind.server, SftpServer):
        server_kind.server.faults.is_full = True
    elif server_kind.server:
        server_kind.server.faults.quota_bytes = 10
    else:
        pytest.skip("no quota on this folder")
    receipt = await apply_at(server_kind.connect, PATH, Target(DAYZ, bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.FAILED, FOREIGN)
    assert "full" in receipt.reason
    assert [found.name for found in file.parent.iterdir()] == ["ban.txt"]


async def test_a_disk_that_fills_up_while_the_file_is_written_over_is_healed(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.renames_at_all = False
    file = place_file(plain_ftp.root)

    def fill(_: int, request: str, path: str) -> None:
        if (request, path) == ("write", PATH):
            plain_ftp.faults.quota_bytes = len(FOREIGN) + 5

    async with ftp_files(ftp_place(plain_ftp)) as files:
        receipt = await apply(Watched(files, fill), PATH, Target(DAYZ, bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.FAILED, FOREIGN)
    plain_ftp.faults.quota_bytes = None
    assert (await over_ftp(plain_ftp, bans(1))).outcome is Outcome.APPLIED


async def test_a_read_only_account_leaves_the_file(server_root: Path) -> None:
    file = place_file(server_root)
    with ftp_server(server_root, rights=READ_RIGHTS) as server:
        receipt = await over_ftp(server, bans(1))
        assert (receipt.outcome, file.read_bytes()) == (Outcome.FAILED, FOREIGN)
        assert (await over_ftp(server, [])).outcome is Outcome.UNCHANGED


async def test_wrong_credentials_are_a_failure_that_names_no_password(plain_ftp: FtpServer) -> None:
    place = FtpPlace("127.0.0.1", USER, "tell nobody", plain_ftp.port, Tls.NONE, timeout_seconds=10)
    receipt = await apply_at(lambda: ftp_files(place), PATH, Target(DAYZ, bans(1)))
    assert receipt.outcome is Outcome.FAILED
    assert "127.0.0.1" in receipt.reason
    assert "tell nobody" not in str(receipt)


@pytest.mark.parametrize("most", [0, 1, len(FOREIGN) - 1])
async def test_a_short_read_is_no_read(plain_ftp: FtpServer, most: int) -> None:
    """The seed's program took a failed read for an empty file, and wrote one line over the whole list."""
    file = place_file(plain_ftp.root)
    async with ftp_files(ftp_place(plain_ftp)) as files:
        receipt = await apply(Short(files, most), PATH, Target(DAYZ, bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.REFUSED, FOREIGN)
    assert f"{most} of {len(FOREIGN)} bytes" in receipt.reason


async def test_a_server_that_sends_less_than_it_says_is_not_believed(plain_ftp: FtpServer) -> None:
    file = place_file(plain_ftp.root, FOREIGN * 100)
    plain_ftp.faults.sends_at_most = 500
    receipt = await over_ftp(plain_ftp, bans(1))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.REFUSED, FOREIGN * 100)


async def test_a_file_that_is_listed_and_said_not_to_be_there_is_no_missing_file(server_root: Path) -> None:
    file = place_file(server_root)
    async with local_files(server_root) as files:
        target = Target(DAYZ, bans(1), policy=Policy(may_create=True))
        receipt = await apply(Denying(files, lambda *_: None), PATH, target)
    assert (receipt.outcome, file.read_bytes()) == (Outcome.REFUSED, FOREIGN)
    assert [found.name for found in file.parent.iterdir()] == ["ban.txt"]


@pytest.mark.parametrize(("left", "outcome"), [(4, Outcome.REFUSED), (5, Outcome.APPLIED)], ids=["fewer", "half"])
async def test_less_than_half_of_the_lines_of_others_is_too_few(server_root: Path, left: int, outcome: Outcome) -> None:
    lines = [b"%d // by hand\n" % number for number in range(10)]
    file = place_file(server_root, b"".join(lines))
    first = await in_folder(server_root, Target(DAYZ, bans(1)))
    file.write_bytes(b"".join(lines[:left]))
    second = await in_folder(server_root, Target(DAYZ, bans(2), first.remembered))
    assert second.outcome is outcome, second.reason


async def test_a_file_that_lost_most_of_its_lines_is_left_to_a_person(server_root: Path) -> None:
    lines = b"".join(b"%d // by hand\n" % number for number in range(10))
    file = place_file(server_root, lines)
    first = await in_folder(server_root, Target(DAYZ, bans(1)))
    file.write_bytes(lines[:20])
    refused = await in_folder(server_root, Target(DAYZ, bans(2), first.remembered))
    assert (refused.outcome, file.read_bytes()) == (Outcome.REFUSED, lines[:20])
    assert refused.remembered == first.remembered
    file.unlink()
    gone = await in_folder(server_root, Target(DAYZ, bans(2), first.remembered, Policy(may_create=True)))
    assert (gone.outcome, file.exists()) == (Outcome.REFUSED, False)
    file.write_bytes(lines[:20])
    accepted = await in_folder(server_root, Target(DAYZ, bans(2), first.remembered, Policy(accepts_loss=True)))
    assert (accepted.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(2, lines[:20]))


async def test_a_few_lines_may_go(server_root: Path) -> None:
    file = place_file(server_root, b"a\nb\nc\n")
    first = await in_folder(server_root, Target(DAYZ, bans(1)))
    file.write_bytes(b"")
    second = await in_folder(server_root, Target(DAYZ, bans(1), first.remembered))
    assert (second.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(1, b""))


@pytest.mark.parametrize("edit", ["missing", "changed"])
async def test_drift_is_reported_and_repaired(server_root: Path, edit: str) -> None:
    file = place_file(server_root)
    first = await in_folder(server_root, Target(DAYZ, bans(3)))
    tampered = re.sub(
        rb"\r\n0{39}1 // [^\r\n]*" if edit == "missing" else rb"(?<=// )Jogador 1", b"", file.read_bytes()
    )
    file.write_bytes(tampered)
    reports = Policy(repairs_drift=False)
    told = await in_folder(server_root, Target(DAYZ, bans(3), first.remembered, reports))
    assert (told.outcome, [found.what for found in told.drift]) == (Outcome.DRIFTED, [edit])
    assert file.read_bytes() == tampered
    more = await in_folder(server_root, Target(DAYZ, bans(4), told.remembered, reports))
    assert (more.outcome, [found.what for found in more.drift]) == (Outcome.DRIFTED, [edit])
    assert b"Jogador 3" in file.read_bytes()
    repaired = await in_folder(server_root, Target(DAYZ, bans(4), more.remembered))
    assert (repaired.outcome, [found.what for found in repaired.drift]) == (Outcome.APPLIED, [edit])
    assert sorted(file.read_bytes().split(b"\r\n")) == sorted(expected(4).split(b"\r\n"))
    assert (await in_folder(server_root, Target(DAYZ, bans(4), repaired.remembered))).outcome is Outcome.UNCHANGED


async def test_an_amended_ban_is_no_drift(server_root: Path) -> None:
    file = place_file(server_root)
    first = await in_folder(server_root, Target(DAYZ, bans(1)))
    amended = [replace(bans(1)[0], reason="another")]
    second = await in_folder(server_root, Target(DAYZ, amended, first.remembered))
    assert (second.outcome, second.drift) == (Outcome.APPLIED, ())
    assert b"another" in file.read_bytes()


async def test_an_edit_in_the_middle_of_it_is_merged(server_root: Path) -> None:
    file = place_file(server_root)

    def edit(number: int, *_: str) -> None:
        if number == 5:  # entries, read, size, write, read back
            file.write_bytes(b"new // by hand\n" + FOREIGN)

    async with local_files(server_root) as files:
        receipt = await apply(Watched(files, edit), PATH, Target(DAYZ, bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (
        Outcome.APPLIED,
        expected(1, b"new // by hand\n" + FOREIGN),
    )
    assert [found.name for found in file.parent.iterdir()] == ["ban.txt"]


@pytest.mark.parametrize("renames_at_all", [True, False])
async def test_an_edit_in_the_last_moment_before_a_file_is_swapped_or_written_over_is_merged(
    plain_ftp: FtpServer, *, renames_at_all: bool
) -> None:
    plain_ftp.faults.renames_onto_files = False
    plain_ftp.faults.renames_at_all = renames_at_all
    file = place_file(plain_ftp.root)
    edited = FOREIGN + b"\r\nnew // by hand"
    moment = ("replace", PATH) if renames_at_all else ("write", f"{PATH}.banstream-backup")

    def edit(_: int, request: str, path: str) -> None:
        if (request, path) == moment and file.read_bytes() == FOREIGN:
            file.write_bytes(edited)

    async with ftp_files(ftp_place(plain_ftp)) as files:
        receipt = await apply(Watched(files, edit), PATH, Target(DAYZ, bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, expected(1, edited)), receipt.reason
    assert sorted(found.name for found in file.parent.iterdir()) == ["ban.txt", "ban.txt.banstream-backup"]


@pytest.mark.parametrize("moment", [3, 7], ids=["at first", "looked at again"])
async def test_a_line_that_comes_between_the_content_and_the_size_of_a_file_is_merged(
    server_root: Path, moment: int
) -> None:
    """A game writes to its list in the second in which its plugin tells of the ban."""
    file = place_file(server_root)

    def write(number: int, name: str, _path: str) -> None:
        if number == moment:
            assert name == "size"
            file.write_bytes(FOREIGN + b"\r\nnew // by the game")

    async with local_files(server_root) as files:
        receipt = await apply(Watched(files, write), PATH, Target(DAYZ, bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (
        Outcome.APPLIED,
        expected(1, FOREIGN + b"\r\nnew // by the game"),
    ), receipt.reason


async def test_somebody_who_never_stops_editing_is_left_alone(server_root: Path) -> None:
    file = place_file(server_root)

    def edit(number: int, *_: str) -> None:
        file.write_bytes(FOREIGN + b"\r\nline %d" % (number // 5))

    async with local_files(server_root) as files:
        receipt = await apply(Watched(files, edit), PATH, Target(DAYZ, bans(1)))
    assert receipt.outcome in {Outcome.FAILED, Outcome.REFUSED}
    assert file.read_bytes().startswith(FOREIGN)


async def test_a_file_of_another_format_is_refused(server_root: Path) -> None:
    file = place_file(server_root, b"{damaged")
    receipt = await in_folder(server_root, Target(FORMATS["minecraft-players"], bans(1)))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.REFUSED, b"{damaged")


async def test_what_is_to_be_remembered_is_kept_before_the_file_changes(server_root: Path) -> None:
    file = place_file(server_root)
    seen: list[tuple[Remembered, bytes]] = []

    async def keep(remembered: Remembered) -> None:
        seen.append((remembered, file.read_bytes()))

    async with local_files(server_root) as files:
        await apply(files, PATH, Target(DAYZ, bans(2)), keep)
    [(remembered, content)] = seen
    assert content == FOREIGN
    assert set(remembered.own) == {f"{0:040X}", f"{1:040X}"}


async def test_a_line_that_somebody_writes_while_the_server_takes_none_of_ours_is_theirs(server_root: Path) -> None:
    ark, player = FORMATS["ark-evolved"], Player(service="steam", id="76561198000000001")
    file = place_file(server_root, b"76561198000000009\n")
    wanted = [WantedEntry("1" * 24, "aimbot", ISSUED, player)]
    kept: list[Remembered] = []

    async def keep(remembered: Remembered) -> None:
        kept.append(remembered)

    async def tried(server: FtpServer, target: Target) -> Receipt:
        receipt = await apply_at(lambda: ftp_files(ftp_place(server)), PATH, target, keep)
        kept.extend([receipt.remembered] if receipt.remembered else [])
        return receipt

    with ftp_server(server_root, rights=READ_RIGHTS) as server:
        assert (await tried(server, Target(ark, wanted))).outcome is Outcome.FAILED
    by_hand = b"76561198000000009\n76561198000000001\n"
    file.write_bytes(by_hand)
    with ftp_server(server_root) as server:
        covered = await tried(server, Target(ark, wanted, kept[-1] if kept else None))
        assert (covered.outcome, covered.covered) == (Outcome.UNCHANGED, (player.id,))
        await tried(server, Target(ark, [], kept[-1]))
    assert file.read_bytes() == by_hand


async def test_files_beside_it_are_left_alone(server_root: Path) -> None:
    place_file(server_root)
    others = ["ban.txt.banstream-tmp", "xban.txt.0000000000000000-0000000000000000.banstream-tmp", "ban.txt.bak"]
    for name in others:
        (server_root / "my config" / name).write_bytes(b"x")
    mine = "ban.txt.0000000000000000-0000000000000000.banstream-tmp"
    (server_root / "my config" / mine).write_bytes(b"x")
    await in_folder(server_root, Target(DAYZ, bans(1)))
    assert sorted(found.name for found in (server_root / "my config").iterdir()) == sorted(["ban.txt", *others])


async def over_ftp(server: FtpServer, wanted: list[WantedEntry]) -> Receipt:
    return await apply_at(lambda: ftp_files(ftp_place(server)), PATH, Target(DAYZ, wanted))


async def in_folder(root: Path, target: Target) -> Receipt:
    return await apply_at(lambda: local_files(root), PATH, target)
