"""Servers that let files be stored and deny deletions and renames: the file is written in place, and healed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.applier import apply, apply_at
from banstream_ftp_sync.applying.leftovers import SPENT, Healing, Temporary, healing, short_digest
from banstream_ftp_sync.applying.plan import Target
from banstream_ftp_sync.applying.receipts import Outcome, Policy, Receipt, Remembered
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.wanted import WantedEntry
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.testing.ftp_server import READ_RIGHTS, STORE_RIGHTS, FtpServer, ftp_server
from banstream_remote_files.testing.kinds import ftp_place
from banstream_remote_files.testing.wrapping import Cut, Cutting, Watched

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

STEAM = FORMATS["ark-evolved"]
OTHERS = b"76561197960265001\r\n76561197960265002\r\n" * 4
NAME, BACKUP, NOTE = "bans.txt", "bans.txt.banstream-backup", "bans.txt.banstream-note"
IN_PLACE = "the file is written in place"


def bans(*numbers: int) -> list[WantedEntry]:
    issued = datetime(2026, 2, 7, tzinfo=UTC)
    return [
        WantedEntry(f"{n:024x}", "x", issued, Player(service="steam", id=str(76561197960266000 + n))) for n in numbers
    ]


def held(*numbers: int, before: bytes = OTHERS) -> bytes:
    return STEAM.render(STEAM.parse(before), bans(*numbers)).content


def beside(root: Path) -> dict[str, bytes]:
    """What is in the folder besides the ban file; the one temporary file by its ending."""
    found = {each.name: each.read_bytes() for each in root.iterdir() if each.name != NAME}
    named = {name if name in {BACKUP, NOTE} else name.rpartition(".")[2]: content for name, content in found.items()}
    assert len(named) == len(found)
    return named


def emptied(root: Path) -> None:
    for leftover in root.iterdir():
        leftover.unlink()


async def applied(
    server: FtpServer, numbers: Sequence[int], before: Receipt | None = None, policy: Policy | None = None
) -> Receipt:
    target = Target(STEAM, bans(*numbers), before.remembered if before else None, policy or Policy())
    return await apply_at(lambda: ftp_files(ftp_place(server)), NAME, target)


async def test_the_file_says_what_it_should_and_its_state_how_it_is_written(server_root: Path) -> None:
    file = server_root / NAME
    file.write_bytes(OTHERS)
    receipt = None
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        for wanted in ([1], [1, 2], [2], [3, 4], []):
            receipt = await applied(server, wanted, receipt)
            assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, held(*wanted)), receipt.reason
            assert IN_PLACE in receipt.reason
        receipt = await applied(server, [], receipt)
    assert receipt.outcome is Outcome.UNCHANGED
    assert IN_PLACE in receipt.reason
    assert beside(server_root) == {"banstream-tmp": SPENT, NOTE: SPENT, BACKUP: held(3, 4)}


async def test_a_missing_file_is_made_in_place(server_root: Path) -> None:
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        made = await applied(server, [1], policy=Policy(may_create=True))
        assert (made.outcome, (server_root / NAME).read_bytes()) == (Outcome.APPLIED, held(1, before=b""))
        more = await applied(server, [1, 2], made)
    assert (more.outcome, (server_root / NAME).read_bytes()) == (Outcome.APPLIED, held(1, 2, before=b""))


async def test_what_had_to_stay_goes_once_the_server_deletes_again(server_root: Path) -> None:
    file = server_root / NAME
    file.write_bytes(OTHERS)
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        first = await applied(server, [1])
        first = await applied(server, [1, 2], first)
    with ftp_server(server_root) as server:
        second = await applied(server, [3], first)
    assert (second.outcome, file.read_bytes()) == (Outcome.APPLIED, held(3))
    assert IN_PLACE not in second.reason
    assert beside(server_root) == {BACKUP: held(1)}


async def test_a_file_that_may_only_be_read_by_now_stays(server_root: Path) -> None:
    (server_root / NAME).write_bytes(OTHERS)
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        first = await applied(server, [1])
    with ftp_server(server_root, rights=READ_RIGHTS) as server:
        assert (await applied(server, [1], first)).outcome is Outcome.UNCHANGED
        assert (await applied(server, [2], first)).outcome is Outcome.FAILED
    assert (server_root / NAME).read_bytes() == held(1)


async def test_an_edit_in_the_middle_of_it_is_merged(server_root: Path) -> None:
    file = server_root / NAME
    file.write_bytes(OTHERS)
    by_hand = OTHERS + b"76561197960265009\r\n"
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        first = await applied(server, [])

        def edit(number: int, *_: str) -> None:
            if number == 5:  # entries, size, read, write, read back
                file.write_bytes(by_hand)

        async with ftp_files(ftp_place(server)) as files:
            receipt = await apply(Watched(files, edit), NAME, Target(STEAM, bans(1), first.remembered))
    assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, held(1, before=by_hand))


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("how", list(Cut))
async def test_a_cut_at_any_step_is_healed(server_root: Path, how: Cut, *, is_known: bool) -> None:
    """Also where the server was found out before, and the attempt begins with a note."""
    file = server_root / NAME
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        seen: set[bytes] = set()
        for at in range(1, 40):
            emptied(server_root)
            file.write_bytes(OTHERS)
            before = await applied(server, [1]) if is_known else None
            begun = file.read_bytes()
            kept = [before.remembered] if before and before.remembered else []

            async def keep(remembered: Remembered, kept: list[Remembered] = kept) -> None:
                kept.append(remembered)

            async with ftp_files(ftp_place(server)) as files:
                cutting = Cutting(files, at, how)
                await apply(cutting, NAME, Target(STEAM, bans(2), kept[-1] if kept else None), keep)
            if not cutting.is_cut:
                break
            seen.add(file.read_bytes())
            assert file.read_bytes() in {begun, held(2)} or (server_root / BACKUP).read_bytes() == begun
            target = Target(STEAM, bans(3), kept[-1] if kept else None)
            healed = await apply_at(lambda: ftp_files(ftp_place(server)), NAME, target)
            assert (healed.outcome, file.read_bytes()) == (Outcome.APPLIED, held(3)), healed.reason
        assert file.read_bytes() == held(2)
        assert len(seen) >= (3 if how is Cut.TORN else 2)


@pytest.mark.parametrize("how", list(Cut))
async def test_a_cut_while_a_file_is_created_is_healed(server_root: Path, how: Cut) -> None:
    policy = Policy(may_create=True)
    with ftp_server(server_root, rights=STORE_RIGHTS) as server:
        for at in range(1, 20):
            emptied(server_root)
            async with ftp_files(ftp_place(server)) as files:
                cut = await apply(Cutting(files, at, how), NAME, Target(STEAM, bans(2), policy=policy))
            healed = await applied(server, [3], cut, policy)
            assert (server_root / NAME).read_bytes() == held(3, before=b""), healed.reason


async def test_a_server_that_renames_and_does_not_delete_is_not_stopped_by_what_a_cut_left(server_root: Path) -> None:
    file = server_root / NAME
    file.write_bytes(OTHERS)
    with ftp_server(server_root, rights=f"{STORE_RIGHTS}f") as server:
        server.faults.cut_at_command = "RNFR"
        assert (await applied(server, [1])).outcome is Outcome.FAILED
        server.faults.cut_at_command = None
        receipt = await applied(server, [2])
    assert (receipt.outcome, file.read_bytes()) == (Outcome.APPLIED, held(2)), receipt.reason
    assert IN_PLACE not in receipt.reason
    assert beside(server_root) == {"banstream-tmp": SPENT}


@pytest.mark.parametrize("content", [b"", b"a\r\nb\r", b"b\r\nc"], ids=["empty", "of-the-old", "of-the-new"])
def test_a_file_that_was_torn_again_while_it_was_put_back_is_still_known(content: bytes) -> None:
    old, new = b"a\r\nb\r\nc\r\n", b"b\r\nc\r\n"
    temporary = Temporary("t", short_digest(old), short_digest(new))
    assert healing(temporary, content, old, new) is Healing.WRITE_BACK
    assert healing(temporary, b"by hand\r\n", old, new) is Healing.NONE
    assert healing(temporary, content, b"of another time", new) is Healing.NONE
