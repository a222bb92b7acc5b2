"""What is on disk: what holds of it, what does not, and that the copy before is there until the new one is."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_gateway.copies import blocks
from banstream_gateway.copies.blocks import UNFINISHED, Block, key_of
from banstream_gateway.copies.files import (
    CopyFile,
    Found,
    Lock,
    NoCopy,
    NotUsable,
    blocks_of,
    examined,
    opened,
    path_of,
)
from banstream_gateway.held.players import HeldPlayer
from banstream_gateway.held.standings import Packing, Restriction, Standing

PACKED = "9207919bc40c00000000000000000000000192000102a6726561736f6e0304d6fff4865700053c019192a5737465616da131"
KEY, OTHER = key_of(b"a" * 32), key_of(b"b" * 32)
BUCKET = "restrictions"


def block(as_of: float, *keys: str) -> bytes:
    return blocks.write(Block(as_of, int(as_of), ["word"], dict.fromkeys(keys, b"value")))


def written(folder: Path, *contents: bytes) -> CopyFile:
    file = CopyFile(folder, BUCKET, KEY)
    file.add(contents)
    file.put_in_place()
    return file


def found(folder: Path, *keys: bytes) -> tuple[Found, list[str]]:
    """What a start would take over: of when, and whom it names."""
    with opened(folder, BUCKET) as file:
        held = examined(file, BUCKET, keys or (KEY,))
        return held, [key for each in blocks_of(file, BUCKET, held) for key in each.entries]


def as_of(folder: Path, *keys: bytes) -> tuple[float, list[str]]:
    held, names = found(folder, *keys)
    return held.as_of, names


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of two blocks, of which the first needs the second, and one that was added."""
    file = written(tmp_path, block(UNFINISHED, "a"), block(1, "b"))
    file.add([block(UNFINISHED, "c"), block(2, "d")])
    file.close()
    return tmp_path


def test_all_that_was_added_is_read(copied: Path) -> None:
    assert as_of(copied) == (2, ["a", "b", "c", "d"])
    assert found(copied)[0].position == 2
    assert [*copied.iterdir()] == [path_of(copied, BUCKET)]


def test_a_copy_that_was_written_under_an_older_key_of_the_ring_is_read(copied: Path) -> None:
    assert as_of(copied, OTHER, KEY) == (2, ["a", "b", "c", "d"])


def end_of_whole(folder: Path) -> int:
    """Where what was added begins."""
    copy = path_of(folder, BUCKET)
    whole = folder / "whole"
    whole.mkdir()
    written(whole, block(UNFINISHED, "a"), block(1, "b")).close()
    size = path_of(whole, BUCKET).stat().st_size
    assert copy.read_bytes().startswith(path_of(whole, BUCKET).read_bytes())
    return size


@pytest.mark.parametrize("left", [1, 40, -1], ids=["a byte", "some", "all but a byte"])
def test_what_was_being_added_when_the_machine_died_is_left_out(copied: Path, left: int) -> None:
    path, whole = path_of(copied, BUCKET), end_of_whole(copied)
    content = path.read_bytes()
    path.write_bytes(content[: whole + left] if left > 0 else content[:left])
    assert as_of(copied) == (1, ["a", "b"])


def test_what_was_added_holds_up_to_where_it_is_damaged(copied: Path) -> None:
    path, whole = path_of(copied, BUCKET), end_of_whole(copied)
    path.write_bytes(changed_at(path.read_bytes(), whole + 10))
    assert as_of(copied) == (1, ["a", "b"])


def changed_at(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def without_a_block(content: bytes) -> bytes:
    """All but the first block: every other one is whole."""
    start = len(blocks.first_line(BUCKET))
    length = blocks.LENGTH_BYTES + int.from_bytes(content[start : start + blocks.LENGTH_BYTES]) + blocks.DIGEST_BYTES
    return content[:start] + content[start + length :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _content: b"",
    "zeros": lambda content: bytes(len(content)),
    "cut in its first line": lambda content: content[:9],
    "cut behind its first line": lambda content: content[: len(blocks.first_line(BUCKET))],
    "cut in its first blocks": lambda content: content[:120],
    "a byte of its first block": lambda content: changed_at(content, len(blocks.first_line(BUCKET)) + 8),
    "a huge block": lambda content: content[: len(blocks.first_line(BUCKET))] + b"\xff" * 99,
    "another format": lambda content: content.replace(b"format 1", b"format 0", 1),
    "another bucket": lambda content: content.replace(b"of restrictions", b"of admins", 1),
    "a block is missing": without_a_block,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_damaged_is_not_used(copied: Path, damage: Callable[[bytes], bytes]) -> None:
    path = path_of(copied, BUCKET)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(NotUsable):
        found(copied)


def test_the_copy_of_another_installation_is_not_used(copied: Path) -> None:
    with pytest.raises(NotUsable, match="another address key"):
        found(copied, OTHER)


def test_a_bucket_is_not_taken_for_another(copied: Path) -> None:
    path_of(copied, BUCKET).rename(path_of(copied, "admins"))
    with opened(copied, "admins") as file, pytest.raises(NotUsable):
        examined(file, "admins", [KEY])


def test_what_cannot_be_opened_or_read_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(NoCopy):
        opened(tmp_path, BUCKET)
    path_of(tmp_path, BUCKET).mkdir()
    with pytest.raises(NotUsable, match="cannot be opened"):
        opened(tmp_path, BUCKET)


def test_the_copy_before_is_there_until_the_new_one_is_whole(copied: Path) -> None:
    file = CopyFile(copied, BUCKET, KEY)
    file.add([block(UNFINISHED, "e")])
    assert as_of(copied) == (2, ["a", "b", "c", "d"])
    file.close()
    assert [*copied.iterdir()] == [path_of(copied, BUCKET)]
    file = written(copied, block(3, "e"))
    assert (as_of(copied), file.is_in_place()) == ((3, ["e"]), True)
    written(copied, block(4, "f")).close()
    assert not file.is_in_place()
    file.close()


def test_nobody_else_may_read_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "of" / "copies"
    lock = Lock(folder)
    assert lock.take()
    written(folder, block(1, "a")).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    lock.release()


def test_one_of_two_writes(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert [first.take(), first.take(), second.take()] == [True, True, False]
    first.release()
    assert second.take()
    second.release()


def test_how_standings_are_packed_is_part_of_the_format() -> None:
    """An older copy that is read otherwise would answer otherwise: whoever changes this changes the format's number."""
    packed = Packing().packed(
        Standing(
            7,
            (
                Restriction(
                    "0" * 23 + "1",
                    ("ban", "chat_block"),
                    "timed",
                    "reason",
                    "server",
                    server_id="2" * 24,
                    expires_at=datetime(2100, 1, 1, tzinfo=UTC),
                    time_left_seconds=60,
                    issuer_name="issuer",
                    appeal_code_renewals=1,
                    exempt=(HeldPlayer("steam", "1"),),
                ),
            ),
        )
    )
    assert (packed.hex(), blocks.first_line(BUCKET)) == (PACKED, b"banstream copy of restrictions, format 1\n")
