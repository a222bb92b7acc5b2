import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from banstream_remote_files.errors import NotThere, ReadRefused, RemoteFileError, TooLarge
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.testing.kinds import MAX_READ_BYTES, Kind

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

BYTES = bytes(range(256)) * 300
NAMES = ["ban.txt", "with blanks  inside.txt", "Ärger-списо́к-禁止.txt", 'it\'s "quoted" (1) [2].cfg', "-rf"]


@pytest.fixture
async def files(server_kind: Kind) -> AsyncIterator[RemoteFiles]:
    async with server_kind.connect() as connected:
        yield connected


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_written_is_read_byte_for_byte(files: RemoteFiles, server_kind: Kind, name: str) -> None:
    await files.write(name, BYTES)
    assert (server_kind.root / name).read_bytes() == BYTES
    assert await files.read(name) == BYTES
    assert await files.size(name) == len(BYTES)
    assert [entry.name for entry in await files.entries(".")] == [name]


async def test_an_empty_file_is_a_file(files: RemoteFiles) -> None:
    await files.write("empty", b"")
    assert await files.read("empty") == b""
    assert await files.size("empty") == 0
    assert [entry.name for entry in await files.entries(".")] == ["empty"]


async def test_line_ends_travel_unchanged(files: RemoteFiles) -> None:
    await files.write("ends", b"a\r\nb\nc\r\r\n\n")
    assert await files.read("ends") == b"a\r\nb\nc\r\r\n\n"
    assert await files.size("ends") == 10


@pytest.mark.parametrize(
    ("offset", "limit"), [(0, 10), (5, 10), (76_790, 100), (76_800, 10), (99_999, 10), (7, 70_000)]
)
async def test_reading_from_an_offset_gives_that_part(files: RemoteFiles, offset: int, limit: int) -> None:
    await files.write("log.ADM", BYTES)
    assert await files.read_from("log.ADM", offset, limit) == BYTES[offset : offset + limit]
    assert await files.read_from("log.ADM", 0, 3) == BYTES[:3]
    assert files.resumes


async def test_replacing_takes_the_place_of_the_other(files: RemoteFiles, server_kind: Kind) -> None:
    await files.write("new name", b"new")
    await files.write("old", b"old")
    await files.replace("new name", "old")
    assert await files.read("old") == b"new"
    assert [found.name for found in server_kind.root.iterdir()] == ["old"]


async def test_replacing_a_link_replaces_the_file_that_others_share(files: RemoteFiles, server_kind: Kind) -> None:
    if server_kind.name.startswith("ftp"):
        pytest.skip("FTP knows no links")
    shared = server_kind.root / "of everybody" / "shared.txt"
    shared.parent.mkdir()
    shared.write_bytes(b"old")
    (server_kind.root / "ban.txt").symlink_to("of everybody/shared.txt")
    await files.write("new", b"new")
    await files.replace("new", "ban.txt")
    assert (server_kind.root / "ban.txt").is_symlink()
    assert shared.read_bytes() == b"new"


async def test_links_that_lead_nowhere_are_refused(files: RemoteFiles, server_kind: Kind) -> None:
    (server_kind.root / "a").symlink_to("b")
    (server_kind.root / "b").symlink_to("a")
    with pytest.raises(RemoteFileError):
        await files.read("a")


async def test_replacing_keeps_who_may_read_the_file(files: RemoteFiles, server_kind: Kind) -> None:
    if server_kind.name.startswith("ftp"):
        pytest.skip("FTP knows no permissions")
    await files.write("old", b"old")
    (server_kind.root / "old").chmod(0o664)
    await files.write("new", b"new")
    (server_kind.root / "new").chmod(0o600)
    await files.replace("new", "old")
    assert (server_kind.root / "old").stat().st_mode & 0o777 == 0o664


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_replacing_keeps_whose_file_it_is(files: RemoteFiles, server_kind: Kind) -> None:
    if server_kind.name.startswith("ftp"):
        pytest.skip("FTP knows no owners")
    await files.write("old", b"old")
    os.chown(server_kind.root / "old", 4711, 4712)
    (server_kind.root / "old").chmod(0o640)
    await files.write("new", b"new")
    await files.replace("new", "old")
    told = (server_kind.root / "old").stat()
    assert (told.st_uid, told.st_gid, told.st_mode & 0o777) == (4711, 4712, 0o640)


async def test_files_in_folders_are_reached(files: RemoteFiles, server_kind: Kind) -> None:
    (server_kind.root / "my config").mkdir()
    await files.write("my config/ban.txt", b"x")
    await files.write("/my config/other.txt", b"y")
    assert (server_kind.root / "my config" / "other.txt").read_bytes() == b"y"
    listing = await files.entries("/my config")
    assert [(entry.name, entry.is_folder, entry.size) for entry in listing] == [
        ("ban.txt", False, 1),
        ("other.txt", False, 1),
    ]
    assert [(entry.name, entry.is_folder) for entry in await files.entries(".")] == [("my config", True)]


async def test_a_listing_tells_times_where_the_server_does(files: RemoteFiles, server_kind: Kind) -> None:
    await files.write("now", b"x")
    modified_at = (await files.entries("."))[0].modified_at
    if server_kind.name == "ftp-list-only":
        assert modified_at is None
    else:
        assert modified_at is not None
        assert abs(modified_at - datetime.now(UTC)) < timedelta(minutes=2)


async def test_deleting_takes_the_file_away(files: RemoteFiles, server_kind: Kind) -> None:
    await files.write("gone", b"x")
    await files.delete("gone")
    assert list(server_kind.root.iterdir()) == []


@pytest.mark.parametrize("act", ["read", "size", "delete", "read_from"])
async def test_a_missing_file_is_not_there(files: RemoteFiles, act: str) -> None:
    with pytest.raises(NotThere, match=r"no such ban\.txt"):
        await _act(files, act, "no such ban.txt")


async def test_a_missing_folder_is_no_proof_of_a_missing_file(files: RemoteFiles) -> None:
    with pytest.raises(RemoteFileError) as told:
        await files.read("nowhere/ban.txt")
    assert not isinstance(told.value, NotThere)
    with pytest.raises(RemoteFileError):
        await files.entries("nowhere")


async def test_a_connection_serves_on_after_a_refusal(files: RemoteFiles) -> None:
    for _ in range(3):
        with pytest.raises(NotThere):
            await files.read("missing")
    await files.write("ban.txt", b"x")
    assert await files.read("ban.txt") == b"x"


async def test_too_large_a_file_is_not_taken_in(files: RemoteFiles, server_kind: Kind) -> None:
    (server_kind.root / "huge").write_bytes(b"x" * (MAX_READ_BYTES + 1))
    with pytest.raises(TooLarge):
        await files.read("huge")
    (server_kind.root / "just right").write_bytes(b"x" * MAX_READ_BYTES)
    assert len(await files.read("just right")) == MAX_READ_BYTES


@pytest.mark.parametrize("path", ["", "a\r\nDELE b", "a\x00", "\x7f"])
async def test_control_characters_in_a_path_reach_no_server(files: RemoteFiles, path: str) -> None:
    for act in ["read", "size", "delete", "read_from"]:
        with pytest.raises(ValueError, match="a path"):
            await _act(files, act, path)
    with pytest.raises(ValueError, match="a path"):
        await files.write(path, b"")
    with pytest.raises(ValueError, match="a path"):
        await files.replace("a", path)


async def test_a_path_out_of_the_folder_shows_nothing(files: RemoteFiles, server_kind: Kind) -> None:
    (server_kind.root.parent / "secret").write_bytes(b"secret")
    with pytest.raises(RemoteFileError):
        await files.read("../secret")


async def test_reading_a_folder_is_refused(files: RemoteFiles, server_kind: Kind) -> None:
    (server_kind.root / "folder").mkdir()
    with pytest.raises(ReadRefused):
        await files.read("folder")


async def _act(files: RemoteFiles, act: str, path: str) -> None:
    match act:
        case "read":
            await files.read(path)
        case "size":
            await files.size(path)
        case "delete":
            await files.delete(path)
        case _:
            await files.read_from(path, 5, 10)
